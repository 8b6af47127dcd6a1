"""The names that Tauri, and Rust, give to platforms."""

from __future__ import annotations

import platform
import sys

MACHINES = {"AMD64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64", "ARM64": "aarch64"}
SYSTEMS = {"linux": "unknown-linux-gnu", "darwin": "apple-darwin", "win32": "pc-windows-msvc"}


def target_triple(system: str = sys.platform, machine: str | None = None) -> str:
    """The target triple of a platform, this one by default, as `rustc -vV` prints it behind "host"."""
    machine = machine or platform.machine()
    if system not in SYSTEMS or machine not in MACHINES:
        raise SystemExit(f"No target triple is known for {machine} on {system}: give it with --target-triple.")
    return f"{MACHINES[machine]}-{SYSTEMS[system]}"
