"""The sidecar at a terminal, for the demo: every line of the pipe in a readable form, and a bar while it works."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PIL import Image, ImageDraw
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

SHOWN_CHARS = 60
SHOWN_ITEMS = 1
PLAIN_WIDTH = 120
PICTURE_HEIGHT = 240
BACKGROUND, INK = "#ffffff", "#3b5bdb"


class Session:
    """A sidecar process and one request at a time. Ends the process by closing its input."""

    def __init__(self, data_dir: Path, models_dir: Path) -> None:
        command = [sys.executable, "-m", "sidecar", "--data-dir", str(data_dir)]
        environment = os.environ | {"VOICEBOX_MODELS_DIR": str(models_dir)}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self._numbers = itertools.count(1)
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        self._console = Console(highlight=False, record=True, width=width)

    def __enter__(self) -> Self:
        self._show("←", self._read())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def say(self, text: str) -> None:
        """A line for the person who watches."""
        self._console.print(f"[bold]{escape(text)}[/bold]")

    def save_picture(self, path: Path, title: str) -> None:
        """Everything shown so far, as an SVG."""
        self._console.save_svg(str(path), title=title)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request, show what comes back, and give the result."""
        request = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}
        self._show("→", request)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._answer_to(request["id"])
        self._show("←", answer)
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def _answer_to(self, number: object) -> dict[str, Any]:
        columns = (TextColumn("  {task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        bars = Progress(*columns, console=self._console)
        bar = bars.add_task("", total=1.0)
        while (message := self._read()).get("id") != number:
            news = message["params"]
            if message["method"] == "job.progress":
                bars.start()
                bars.update(bar, completed=news["fraction"], description=f"{news['kind']}: {news['stage']}")
            elif message["method"] == "job.finished":
                bars.update(bar, completed=1.0, description=f"{news['kind']}: {news['status']}")
                bars.stop()
        return message

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("The sidecar ended; its log is in the data folder.")
        return dict(json.loads(line))

    def _show(self, arrow: str, message: dict[str, Any]) -> None:
        brief = {key: _brief(value) for key, value in message.items() if key != "jsonrpc"}
        shown = json.dumps(brief, ensure_ascii=False)
        self._console.print(f"[cyan]{arrow}[/cyan] [dim]{escape(shown)}[/dim]")


def _brief(value: Any) -> Any:
    """A JSON value as far as one wants to read it: long strings and lists cut, fields that say nothing left out."""
    if isinstance(value, dict):
        return {key: _brief(inner) for key, inner in value.items() if inner not in (None, [], {})}
    if isinstance(value, list) and len(value) > SHOWN_ITEMS:
        return [*map(_brief, value[:SHOWN_ITEMS]), f"… {len(value) - SHOWN_ITEMS} more"]
    if isinstance(value, list):
        return [_brief(inner) for inner in value]
    if isinstance(value, str) and len(value) > SHOWN_CHARS:
        return f"{value[:SHOWN_CHARS]}…"
    return value


def draw_waveform(path: Path, minimum: list[float], maximum: list[float]) -> None:
    """A picture of one column a bucket; the values run from -1 to 1."""
    picture = Image.new("RGB", (len(minimum), PICTURE_HEIGHT), BACKGROUND)
    draw = ImageDraw.Draw(picture)
    middle = PICTURE_HEIGHT / 2
    for column, (low, high) in enumerate(zip(minimum, maximum, strict=True)):
        draw.line([(column, middle - high * middle), (column, middle - low * middle)], fill=INK)
    picture.save(path)
