"""What devices are called, and which memory each computes in.

"auto" is the best that works and "all" every card; else "cpu", "mps", "cuda" or "xpu", where "cuda:1" is the second
card and "cpu:1" the second of several engine processes that share the processor's cores. Commas separate several.
"""

from __future__ import annotations

import re

AUTO = "auto"
ALL = "all"
MOST_DEVICES = 16
_ONE = r"(mps|(cpu|cuda|xpu)(:\d{1,3})?)"
ONE_DEVICE = rf"^(auto|{_ONE})$"
SEVERAL_DEVICES = rf"^(auto|all|{_ONE}(,{_ONE}){{0,{MOST_DEVICES - 1}}})$"

RAM = "ram"


def parse_devices(text: str) -> tuple[str, ...]:
    """The names in a list of them. Raises ValueError, with a message for people, if it is none."""
    names = tuple(text.split(","))
    if len(names) == 1 and text in (AUTO, ALL):
        return names
    for name in names:
        if not re.fullmatch(_ONE, name):
            raise ValueError(
                f"{name!r} names no device; it may be cpu, cuda, mps or xpu, numbered as in cuda:1, or several "
                "separated by commas without spaces, as in cuda:0,cuda:1. auto and all stand alone"
            )
    if len(names) > MOST_DEVICES:
        raise ValueError(f"these are {len(names)} devices; at most {MOST_DEVICES} can be in use")
    if twice := [name for place, name in enumerate(names) if numbered(name) in map(numbered, names[:place])]:
        raise ValueError(f"{twice[0]} is named twice; name each device once")
    return names


def kind_of(device: str) -> str:
    """What a device is, without its number."""
    return device.partition(":")[0]


def numbered(device: str) -> str:
    """The name with its number: "cuda" and "cuda:0" are one card."""
    kind, _, number = device.partition(":")
    return f"{kind}:{int(number or 0)}"


def memory_of(device: str) -> str:
    """The memory that a device's models live in, "ram" or "cuda:N".

    Processors share the machine's, and so do the graphics units of Apple and Intel that PyTorch calls "mps" and "xpu",
    as far as can be known here.
    """
    return numbered(device) if kind_of(device) == "cuda" else RAM


def answers_to(device: str, asked: str) -> bool:
    """Whether a device is one of those asked for: a kind without a number is every device of that kind."""
    return any(
        asked_one in (AUTO, ALL, kind_of(device)) or numbered(asked_one) == numbered(device)
        for asked_one in asked.split(",")
    )


def computing_name(device: str) -> str:
    """What the libraries call it: the processor has no number there."""
    return "cpu" if kind_of(device) == "cpu" else device
