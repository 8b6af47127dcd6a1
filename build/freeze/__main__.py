"""Makes the bundle of this platform: a folder that holds the program, all that it needs, and its small models.

    python3 build/freeze [--variant cpu|minimal|no-gpl|cuda] [--target-triple TRIPLE] [--pack]

The result is dist/VARIANT/voicebox-sidecar-TRIPLE/, and with --pack also archives beside it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from licences import LicenceFault, collect
from pack import archives, pack
from setup import REPOSITORY, run_inside
from slim import slim
from targets import target_triple
from variants import VARIANTS, Variant

PYINSTALLER = REPOSITORY / ".pyinstaller"
MODELS = REPOSITORY / ".models"
DIST = REPOSITORY / "dist"
INNER = "_internal"
"""PyInstaller's name for the folder beside the executable."""


def main() -> None:
    """Make one bundle."""
    arguments = _arguments()
    variant = VARIANTS[arguments.variant]
    run_inside((*variant.extras, "freeze"), Path(__file__).parent)
    _require_torch(variant)
    from models import assemble

    assemble(MODELS, variant.models)
    name = f"voicebox-sidecar-{arguments.target_triple}"
    made = _freeze(variant, name)
    emptied = slim(made / INNER)
    for model in variant.models:
        shutil.copytree(MODELS / model, made / INNER / "models" / model)
    sources = map(Path, (made.parent / "sources.txt").read_text("utf-8").splitlines())
    try:
        collect(made / INNER, sources, variant, emptied, made / "licences")
    except LicenceFault as fault:
        raise SystemExit(str(fault)) from None
    final = _put_in_place(made, DIST / variant.name / name)
    print(f"{final}: {_mebibytes(final):.0f} MiB", flush=True)
    if arguments.pack:
        for archive in pack(final, final / INNER / "models"):
            print(f"{archive}: {archive.stat().st_size / 1e6:.0f} MB", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build/freeze", description="Make the bundle of this platform.")
    parser.add_argument("--variant", choices=VARIANTS, default="cpu", help="default: %(default)s")
    parser.add_argument("--target-triple", default=target_triple(), help="default: %(default)s")
    parser.add_argument("--pack", action="store_true", help="also make archives of it")
    return parser.parse_args()


def _require_torch(variant: Variant) -> None:
    if "qwen" not in variant.extras:
        return
    import torch

    if variant.cuda and torch.version.cuda is None:
        raise SystemExit(
            f"The variant {variant.name} needs the CUDA build of torch, and {torch.__version__} is in .venv. On a "
            "machine with an Nvidia card, install that build into .venv first, and run this again."
        )
    if torch.version.cuda is not None and not variant.cuda:
        raise SystemExit(
            f"torch {torch.__version__} in .venv is a CUDA build, several GB that {variant.name} must not hold. "
            "Use --variant cuda, or install the CPU build."
        )


def _freeze(variant: Variant, name: str) -> Path:
    """Run PyInstaller; gives the folder that it has made."""
    draft = PYINSTALLER / "draft" / variant.name
    draft.mkdir(parents=True, exist_ok=True)
    folders = ["--workpath", str(PYINSTALLER / "work" / variant.name), "--distpath", str(draft)]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *folders, "sidecar.spec"]
    subprocess.run([*command, "--", "--variant", variant.name, "--name", name], cwd=REPOSITORY, check=True)
    return draft / name


def _put_in_place(made: Path, final: Path) -> Path:
    """Swap the folders, so that whoever runs the old bundle sees no half of the new one; its archives go with it."""
    final.parent.mkdir(parents=True, exist_ok=True)
    for archive in archives(final):
        archive.unlink(missing_ok=True)
    old = made.with_name(f"{made.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    made.rename(final)
    shutil.rmtree(old, ignore_errors=True)
    return final


def _mebibytes(path: Path) -> float:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink()) / 2**20


if __name__ == "__main__":
    main()
