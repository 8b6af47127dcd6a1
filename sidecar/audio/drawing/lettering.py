"""Letters in pictures: Pillow's own typeface, and one of the system's for what that has no letters for."""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont

SYSTEM_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "msyh.ttc",
    "segoeui.ttf",
    "PingFang.ttc",
    "Arial Unicode.ttf",
)
"""File names that Linux, Windows and macOS have for typefaces of many scripts; Pillow looks where each keeps them."""
_NO_LETTER = "\U0010ffff"
ELLIPSIS = "…"


def font_for(text: str, size: int) -> Font:
    """The first typeface that has every letter of a text, at a size in pixels; Pillow's own if none has."""
    own, *others = _fonts(size)
    return next((font for font in (own, *others) if _has(font, text)), own)


def shortened(text: str, font: Font, width: float) -> str:
    """As much of a text as is not wider than so many pixels, with an ellipsis if it is not all; "" if nothing fits."""
    if font.getlength(text) <= width:
        return text
    lowest, highest = 0, len(text)
    while lowest < highest:
        middle = (lowest + highest + 1) // 2
        if font.getlength(text[:middle].rstrip() + ELLIPSIS) <= width:
            lowest = middle
        else:
            highest = middle - 1
    return text[:lowest].rstrip() + ELLIPSIS if lowest else ""


@lru_cache(16)
def _fonts(size: int) -> tuple[Font, ...]:
    own = ImageFont.load_default(size)
    if not isinstance(own, Font):
        raise TypeError("this build of Pillow has no FreeType, which letters of any size need")
    found = [own]
    for name in SYSTEM_FONTS:
        try:
            found.append(ImageFont.truetype(name, size))
        except OSError:
            continue
    return tuple(found)


def _has(font: Font, text: str) -> bool:
    nothing = bytes(font.getmask(_NO_LETTER))
    return all(letter.isspace() or bytes(font.getmask(letter)) != nothing for letter in set(text))
