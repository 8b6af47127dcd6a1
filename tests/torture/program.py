"""The real program with the scripted engine in its tables, so that it speaks within milliseconds.

Run as `python -m tests.torture.program`, with the command line of the sidecar. Another adapter for that engine may be
named in the environment as `TORTURE_ADAPTER=module:Class`.
"""

from __future__ import annotations

import os
from dataclasses import replace

from sidecar.__main__ import main
from sidecar.engines import specs
from sidecar.engines.table import EngineModel
from sidecar.services.models import table
from tests import scripted_engine

ADAPTER = "TORTURE_ADAPTER"


def extend_tables() -> None:
    """Add the engine, which clones too, and its model; the composition root reads these tables when it is imported."""
    spec = replace(
        scripted_engine.spec(),
        adapter=os.environ.get(ADAPTER, "tests.scripted_engine:ScriptedEngine"),
        models=(EngineModel("scripted", ("preset", "cloned")),),
        fidelity={"preset": "preset", "cloned": "cloned"},
    )
    specs.ENGINES = (*specs.ENGINES, spec)
    table.MODELS = (*table.MODELS, scripted_engine.MODEL)


if __name__ == "__main__":
    extend_tables()
    main()
