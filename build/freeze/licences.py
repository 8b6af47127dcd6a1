"""The licences of everything in a bundle, collected into it, and the check that each of them is known and allowed."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import metadata
from pathlib import Path

from parts import EXCEPTIONS, GPL, KNOWN, LIBRARIES, MODELS, SPDX, TEXTLESS, Part
from variants import Variant

TEXTS = Path(__file__).parent / "texts"
SHARED_LIBRARY = re.compile(r"\.(so(\.[\d.]+)?|dylib|dll)$")
LICENCE_FILE = re.compile(r"(?i)(licen[cs]e|copying|notice|copyright)")
INDEX_HEAD = """\
What this folder's program is made of, beside its own code (MIT, see voicebox-sidecar.txt).
Name | version | licence (SPDX) | its text in this folder

"""


@dataclass(frozen=True)
class Bundled:
    """One part of the bundle, with its licence as an SPDX expression and the texts that go with it."""

    name: str
    version: str
    licence: str
    text: str


class LicenceFault(Exception):
    """The bundle must not be given away like this; the message says why."""


def collect(inner: Path, sources: Iterable[Path], variant: Variant, emptied: Sequence[Path], into: Path) -> None:
    """Write the licence of everything that the bundle holds, and an index, into a folder.

    `sources` are the files that the bundle was made of, `emptied` the libraries whose content was replaced.

    Raises:
        LicenceFault: something has no licence, or none that is known and allowed in this variant.

    """
    parts = [
        *(_of_package(distribution) for distribution in distributions(sources)),
        *(_of_part(part) for part in libraries(inner, emptied)),
        *(_of_part(part) for part in MODELS if part.name in (*variant.models, "silero-vad")),
    ]
    faults = [fault for part in parts if (fault := _fault(part, variant))]
    if faults:
        raise LicenceFault("\n".join(faults))
    into.mkdir()
    index = []
    for part in sorted(parts, key=lambda part: part.name.lower()):
        file = into / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', part.name).strip('-')}.txt"
        file.write_text(part.text, "utf-8")
        index.append(f"{part.name} | {part.version} | {part.licence} | {file.name}\n")
    (into / "INDEX.txt").write_text(INDEX_HEAD + "".join(index), "utf-8")


def distributions(sources: Iterable[Path]) -> list[metadata.Distribution]:
    """The Python packages that these files belong to, with PyInstaller, whose bootloader is the executable."""
    owners = {
        str(distribution.locate_file(file)): distribution
        for distribution in metadata.distributions()
        for file in distribution.files or ()
    }
    found = {owners[str(file)].name: owners[str(file)] for file in sources if str(file) in owners}
    itself = metadata.distribution("voicebox-sidecar")
    return [itself, metadata.distribution("pyinstaller"), *(found[name] for name in found if name != itself.name)]


def libraries(inner: Path, emptied: Sequence[Path]) -> list[Part]:
    """The shared libraries that lie beside the packages: the system's, and those that wheels bring in folders *.libs.

    Raises:
        LicenceFault: nothing is known of one.

    """
    folders = [inner, *inner.glob("*.libs")]
    files = [file for folder in folders for file in folder.iterdir() if SHARED_LIBRARY.search(file.name)]
    found: dict[Part, None] = {}
    for file in sorted(files):
        known = [part for part in LIBRARIES if any(fnmatchcase(file.name, pattern) for pattern in part.files)]
        if known and file not in emptied:
            found[known[0]] = None
        elif not known and not _is_extension(file):
            raise LicenceFault(f"Nothing is known of {file}: name it, with its licence, in build/freeze/parts.py.")
    return list(found)


def _is_extension(file: Path) -> bool:
    """Whether it is a module of a Python package."""
    return file.name.endswith((sysconfig.get_config_var("EXT_SUFFIX"), ".abi3.so", ".pyd"))


def _of_package(distribution: metadata.Distribution) -> Bundled:
    textless = [part for part in TEXTLESS if part.name == distribution.name.lower()]
    if textless:
        return Bundled(distribution.name, distribution.version, textless[0].licence, _text(textless[0]))
    texts = [
        Path(str(distribution.locate_file(file))).read_text("utf-8", "replace")
        for file in distribution.files or ()
        if LICENCE_FILE.match(file.name) and file.suffix not in (".py", ".pyc", ".h")
    ]
    return Bundled(distribution.name, distribution.version, _licence(distribution), "\n\n".join(texts))


def _licence(distribution: metadata.Distribution) -> str:
    """The SPDX expression of a package's licence, or what it says instead."""
    said = distribution.metadata
    if expression := said.get_all("License-Expression"):
        return str(expression[0])
    classifiers = [line.split(" :: ")[-1] for line in said.get_all("Classifier") or () if line.startswith("License ::")]
    words = [" ".join(word.split()) for word in (*(said.get_all("License") or ()), *classifiers)]
    known = [SPDX.get(word.lower(), word) for word in words]
    return next((word for word in known if set(_terms(word)) <= {*KNOWN, *EXCEPTIONS} and word), " / ".join(words))


def _of_part(part: Part) -> Bundled:
    return Bundled(part.name, sys.version.split()[0] if part.name == "Python" else "", part.licence, _text(part))


def _text(part: Part) -> str:
    """The copyright line, and the text of each licence; the LGPL's third version refers to the GPL's."""
    terms = _terms(part.licence)
    if "LGPL-3.0-or-later" in terms:
        terms.append("GPL-3.0-or-later")
    files = [TEXTS / f"{term}.txt" for term in terms]
    if part.name == "Python":
        files = [Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"]
    return "\n\n".join([part.copyright, *(file.read_text("utf-8") for file in files if file.exists())])


def _terms(expression: str) -> list[str]:
    return [word for word in re.split(r"[\s()]+", expression) if word not in ("AND", "OR", "WITH", "")]


def _fault(part: Bundled, variant: Variant) -> str | None:
    terms = _terms(part.licence)
    if unknown := [term for term in terms if term not in (*KNOWN, *EXCEPTIONS)]:
        return f"{part.name}: {' '.join(unknown)} is no known licence; see KNOWN and SPDX in build/freeze/parts.py."
    if not terms or len(part.text) < 200:
        return f"{part.name} has no licence text; add it to build/freeze/parts.py."
    if not variant.gpl and set(terms) & set(GPL) and not set(terms) & set(EXCEPTIONS):
        return f"{part.name} is under {part.licence}, which {variant.name} must not hold."
    return None
