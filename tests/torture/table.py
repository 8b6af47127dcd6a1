"""The one table of a run: each fault, how often it was tried, and after how many of these everything still held."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

HEAD = "| fault | tried | survived | what broke |\n|---|---:|---:|---|"
LONGEST_BREAK = 160


@dataclass
class Row:
    """What came of one fault."""

    tried: int = 0
    broke: list[str] = field(default_factory=list)

    @property
    def survived(self) -> int:
        """After how many tries everything held."""
        return self.tried - len(self.broke)


class Tally:
    """Counts as the run goes on."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, Row] = defaultdict(Row)
        self._skipped: dict[str, str] = {}

    def survived(self, fault: str) -> None:
        """It was tried once more, and everything held."""
        self._rows[fault].tried += 1

    def broke(self, fault: str, what: str) -> None:
        """It was tried once more, and something did not hold."""
        self._rows[fault].tried += 1
        self._rows[fault].broke.append(what)

    def skipped(self, fault: str, why: str) -> None:
        """It cannot be tried here."""
        self._skipped[fault] = why

    def add(self, other: Tally) -> None:
        """Count what another run has counted as well."""
        for fault, row in other._rows.items():
            self._rows[fault].tried += row.tried
            self._rows[fault].broke += row.broke
        self._skipped |= other._skipped

    @property
    def tried(self) -> int:
        """How many times in all."""
        return sum(row.tried for row in self._rows.values())

    @property
    def broken(self) -> int:
        """How many times something did not hold."""
        return sum(len(row.broke) for row in self._rows.values())

    def markdown(self) -> str:
        """The table, with its sums at the end."""
        lines = [HEAD]
        for name, row in sorted(self._rows.items()):
            lines.append(f"| {name} | {row.tried:,} | {row.survived:,} | {_in_one_line(row.broke)} |")
        lines += [
            f"| {name} | 0 | 0 | not here: {_in_one_line([why])} |" for name, why in sorted(self._skipped.items())
        ]
        lines.append(f"| **all** | **{self.tried:,}** | **{self.tried - self.broken:,}** | |")
        return "\n".join(lines)


def _in_one_line(texts: list[str]) -> str:
    if not texts:
        return ""
    first = " ".join(texts[0].split()).replace("|", "/")
    return first if len(first) <= LONGEST_BREAK else f"{first[:LONGEST_BREAK]} …"
