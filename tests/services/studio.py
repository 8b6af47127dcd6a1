"""The whole program but its pipe, in the test's own process, with engines of the test's choice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection

from sidecar.app import App
from sidecar.config import Config
from sidecar.engines.table import EngineSpec
from sidecar.rpc.dispatch import CANCEL_REQUEST, Dispatcher
from sidecar.rpc.outbox import Outbox
from sidecar.rpc.pipe import Pipe
from sidecar.rpc.server import OUTBOX_BYTES, Notifier, Server
from sidecar.services.models.table import MODELS
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from tests import scripted_engine

Message = dict[str, Any]
T = TypeVar("T")
REQUEST = 1
HELD_S = 30.0


class Client(Notifier):
    """Hears every notification and always has room for another."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[str, Message]] = asyncio.Queue()

    def send(
        self,
        method: str,
        params: Message,
        collapse: str | None = None,
        on_written: Callable[[], None] | None = None,
    ) -> None:
        self.heard.put_nowait((method, params))

    async def has_room(self, patience_s: float) -> bool:
        return True


class Disk(Database):
    """The database, which tells when a change is asked of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.wanted = asyncio.Event()

    async def write(self, change: Callable[[Connection], T]) -> T:
        self.wanted.set()
        return await super().write(change)


class Studio:
    """Started and stopped like the program; entered again on the same folder, it is a restart."""

    def __init__(self, folder: Path, engines: Sequence[EngineSpec]) -> None:
        self.folder = folder
        self._engines = engines
        with suppress(FileExistsError):
            scripted_engine.install(folder / "models")

    async def __aenter__(self) -> Studio:
        config = Config.from_environment({}, self.folder, 1 << 20)
        files = FileStore(self.folder)
        self._database = Disk(files.database)
        server = Server(Pipe(-1, -1), Outbox(OUTBOX_BYTES), config.max_line_bytes)
        self._client = Client()
        models = (*MODELS, scripted_engine.MODEL)
        self._app = App(config, files, self._database, self._client, server, self._engines, models)
        self._dispatcher = Dispatcher(self._app.registry.methods, config.max_line_bytes)
        await self._app.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._app.runner.stop()
        await self._app.stop()
        self._database.close()

    async def hear(self, method: str, until: Callable[[Message], bool]) -> Message:
        """Wait for a notification of which that is true; those before it are gone."""
        while True:
            heard, params = await self._client.heard.get()
            if heard == method and until(params):
                return params

    async def answer(self, method: str, **params: Any) -> Message:
        """The whole answer to one request."""
        line = orjson.dumps({"jsonrpc": "2.0", "id": REQUEST, "method": method, "params": params})
        answer: Message = orjson.loads(await self._dispatcher.answer(line) or b"null")
        return answer

    async def cancel(self) -> None:
        """Cancel the requests under way."""
        line = orjson.dumps({"jsonrpc": "2.0", "method": CANCEL_REQUEST, "params": {"id": REQUEST}})
        assert await self._dispatcher.answer(line) is None

    @asynccontextmanager
    async def busy_disk(self) -> AsyncIterator[asyncio.Event]:
        """Within the block no change of the database comes to its end; gives what tells that one is asked for."""
        let_go, begun = threading.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def hold(_: Connection) -> None:
            loop.call_soon_threadsafe(begun.set)
            let_go.wait(HELD_S)

        holding = asyncio.create_task(self._database.write(hold))
        try:
            await begun.wait()
            self._database.wanted.clear()
            yield self._database.wanted
        finally:
            let_go.set()
            await holding

    async def call(self, method: str, **params: Any) -> Message:
        """The result of one request, which must succeed."""
        answer = await self.answer(method, **params)
        assert "result" in answer, answer
        result: Message = answer["result"]
        return result
