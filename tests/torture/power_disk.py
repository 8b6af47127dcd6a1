"""What a disk may hold after the power has gone: the journal of a run, replayed by the rules of POSIX.

Certain are the bytes of a file up to its last fsync, and the names in a folder up to the last fsync of that folder.
Everything else may be there or not: in the order in which it was done, as on a disk that forgets only the last moments,
or each thing by chance, as one that writes what it likes first; and of a write perhaps only some sectors.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.shim import Change, Kind

SECTORS = (512, 4096)
CHANCES = (0.0, 0.2, 0.5, 0.8, 1.0)
MAPPED = "-shm"
"""SQLite's index of its log is changed in memory only, where the journal does not see it, and is made anew."""


class Folder:
    """A folder; which names it holds is told by the disk's namings."""


@dataclass(eq=False)
class File:
    """The bytes that are certain, and what was done to them since."""

    certain: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def sync(self) -> None:
        """Have everything that was done so far on the disk."""
        for change in self.pending:
            _do(self.certain, change, 0, change.size)
        self.pending.clear()


Node = File | Folder
Name = tuple[Folder, str]


@dataclass
class Naming:
    """One change of names, all of it or nothing: a rename takes a name away and gives one."""

    number: int
    names: dict[Name, Node | None]
    certain: bool = False


class Disk:
    """The disk below one folder as one change after the other comes in; what is there at first is certain."""

    def __init__(self, root: Path) -> None:
        self._root = Folder()
        self._nodes: dict[Path, Node] = {root: self._root}
        self._namings: list[Naming] = []
        self._number = 0
        for path in sorted(root.rglob("*")):
            node = Folder() if path.is_dir() else File(bytearray(path.read_bytes()))
            self._name(0, {path: node})
            self._namings[-1].certain = True

    def do(self, change: Change) -> None:
        """Take in the next change."""
        self._number = change.number
        match change.kind:
            case Kind.CREATE:
                self._name(change.number, {change.path: File()})
            case Kind.MKDIR if change.path not in self._nodes:
                self._name(change.number, {change.path: Folder()})
            case Kind.LINK:
                self._name(change.number, {change.target: self._nodes[change.path]})
            case Kind.RENAME:
                self._rename(change)
            case Kind.UNLINK | Kind.RMDIR:
                self._name(change.number, {change.path: None})
            case Kind.WRITE | Kind.TRUNCATE:
                node = self._nodes.get(change.path)
                if isinstance(node, File):
                    node.pending.append(change)
            case Kind.SYNC:
                self._sync(self._nodes[change.path])

    def after_power_cut(self, rng: random.Random, folder: Path) -> None:
        """Make `folder` what may be there if the power goes now."""
        survives = self._fate(rng)
        entries: dict[Name, Node | None] = {}
        for naming in self._namings:
            if naming.certain or survives(naming.number):
                entries |= naming.names
        self._put(entries, self._root, folder, rng, survives)

    def _fate(self, rng: random.Random) -> Callable[[int], bool]:
        if rng.random() < 0.5:
            last = rng.randint(0, self._number)
            return lambda number: number <= last
        chance = rng.choice(CHANCES)
        return lambda number: rng.random() < chance

    def _put(
        self,
        entries: dict[Name, Node | None],
        node: Node | None,
        path: Path,
        rng: random.Random,
        survives: Callable[[int], bool],
    ) -> None:
        if isinstance(node, File):
            path.write_bytes(_surviving(node, rng, survives))
        elif node is not None:
            path.mkdir()
            for (parent, name), child in entries.items():
                if parent is node and not name.endswith(MAPPED):
                    self._put(entries, child, path / name, rng, survives)

    def _sync(self, node: Node) -> None:
        if isinstance(node, File):
            node.sync()
            return
        for naming in self._namings:
            naming.certain |= any(parent is node for parent, _ in naming.names)

    def _rename(self, change: Change) -> None:
        moved = {path: node for path, node in self._nodes.items() if path.is_relative_to(change.path)}
        self._name(change.number, {change.path: None, change.target: moved.pop(change.path)})
        for path, node in moved.items():
            del self._nodes[path]
            self._nodes[change.target / path.relative_to(change.path)] = node

    def _name(self, number: int, names: Mapping[Path, Node | None]) -> None:
        at = {(self._folder(path.parent), path.name): node for path, node in names.items()}
        self._namings.append(Naming(number, at))
        for path, node in names.items():
            if node is None:
                del self._nodes[path]
            else:
                self._nodes[path] = node

    def _folder(self, path: Path) -> Folder:
        node = self._nodes[path]
        assert isinstance(node, Folder), f"{path} is no folder"
        return node


def _surviving(file: File, rng: random.Random, survives: Callable[[int], bool]) -> bytes:
    """A file's bytes: those that are certain, and of the rest what survives, of some writes only some sectors."""
    found = bytearray(file.certain)
    for change in file.pending:
        if not survives(change.number):
            continue
        if change.kind is Kind.WRITE and rng.random() < 0.5:
            sector = rng.choice(SECTORS)
            for begin in range(-(change.offset % sector), change.size, sector):
                if rng.random() < 0.5:
                    _do(found, change, max(0, begin), min(change.size, begin + sector))
        else:
            _do(found, change, 0, change.size)
    return bytes(found)


def _do(content: bytearray, change: Change, begin: int, end: int) -> None:
    """Do a truncation, or the bytes from `begin` to `end` of a write; what lies between is zeros."""
    size = change.size if change.kind is Kind.TRUNCATE else change.offset + end
    content.extend(bytes(max(0, size - len(content))))
    if change.kind is Kind.TRUNCATE:
        del content[size:]
    else:
        content[change.offset + begin : size] = change.data[begin:end]
