from __future__ import annotations

import sys
from pathlib import Path

# The scripts in build/ are no package: they import one another by their names alone.
sys.path.append(str(Path(__file__).parents[2] / "build" / "freeze"))
