"""What numbers look like in writing, and how each of those writings is read, in the order in which they are sought."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial

from sidecar.text.normalise_numbers import Reader, reader
from sidecar.text.normalise_wording import CURRENCIES, DASHES, MINUSES, SIGNS, UNITS

Match = re.Match[str]
Reading = Callable[[Match], str]
_LONGEST_OF_A_RANGE = 4


@cache
def rules(language: str) -> tuple[tuple[re.Pattern[str], Reading], ...]:
    """The writings of a language (ISO 639-1) with their readings; made once, as compiling them takes its time."""
    return tuple((re.compile(pattern), reading) for pattern, reading in _patterns(language, reader(language)))


def _patterns(language: str, read: Reader) -> Iterator[tuple[str, Reading]]:
    """What is looked for, the most telling writing first: a date is no range, and an amount no bare number."""
    wording = read.wording
    number = rf"(?:\d{{1,3}}(?:[{wording.groups}]\d{{3}})+(?!\d)|\d+)(?:[.{wording.decimal}]\d+)?"
    amount = rf"(?<!\d)(?<!\d[.,])(?P<amount>{number})"
    currencies = CURRENCIES | {"¥": "CNY" if language == "zh" else "JPY"}
    currency = rf"(?<![A-Za-z])(?P<currency>{_one_of(currencies)})"
    # Where words are not set apart, only Latin letters can belong to a unit.
    ends = r"(?![\w/²³])" if wording.spaced and language != "ko" else r"(?![A-Za-z0-9/²³])"
    yield r"[A-Za-z0-9_.+-]+@[\w-]+(?:\.[\w-]+)+", partial(_address, read)
    yield r"(?:\bhttps?://|(?<![A-Za-z0-9])www\.)[A-Za-z0-9./?=&#%+~:@_-]*[A-Za-z0-9/]", partial(_address, read)
    yield r"(?<![\w.,])(?:\+\d{1,3}|0\d{1,4})(?:[ /-]\d{2,})+(?!\d)", partial(_telephone, read)
    yield r"(?<!\d)(?P<year>\d{4})[-/年](?P<month>\d{1,2})[-/月](?P<day>\d{1,2})(?:日|(?!\d))", partial(_date, read)
    yield (
        r"(?<![\d.])(?P<day>\d{1,2})(?P<mark>[./])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\d)",
        partial(_date, read),
    )
    for form, rule in wording.forms:
        yield form, partial(_form, read, rule)
    if read.months[0].isalpha():
        months = "|".join(map(re.escape, read.months))
        year = rf"(?:,? (?:de )?(?P<year>[12]\d{{3}})(?:{wording.after_year})?)?"
        yield rf"(?<!\d)(?P<day>\d{{1,2}})\.? (?:de )?(?P<month>{months})\b{year}", partial(_date, read)
    yield r"(?<!\d)(?<!\d[:.,])(?P<hour>[01]?\d|2[0-3])[:h](?P<minute>[0-5]\d)(?![\d:])(?: Uhr)?", partial(_time, read)
    yield rf"{currency}\s?{amount}(?![\d%])", partial(_money, read, currencies)
    yield rf"{amount}\s?{currency}{ends}", partial(_money, read, currencies)
    yield (
        rf"(?<!\d)(?<!\d[.,-])(?P<low>[1-9]\d*)\s?[{DASHES}]\s?(?=(?P<high>[1-9]\d*)(?![\d-]))",
        partial(_range, read),
    )
    yield rf"(?<![\w.)])[{MINUSES}](?=\d)", lambda match: f"{wording.minus}{read.space}"
    yield rf"{amount}\s?(?P<unit>{_one_of(UNITS)}){ends}", partial(_measure, read)
    yield amount, partial(_number, read)
    yield r"\d+", lambda match: read.one_by_one(match[0])


def _address(read: Reader, match: Match) -> str:
    address = re.sub(r"^https?://", "", match[0])
    named = dict(zip(SIGNS, read.wording.signs, strict=True))
    said = "".join(f" {named[char]} " if char in named else char if char.isalnum() else " " for char in address)
    return re.sub(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])", " ", " ".join(said.split()))


def _date(read: Reader, match: Match) -> str:
    month = match["month"]
    number = read.months.index(month) + 1 if month in read.months else int(month)
    day = int(match["day"])
    if not (1 <= number <= 12 and 1 <= day <= 31):
        return match[0]
    return read.date(match["year"] or "", number, day)


def _telephone(read: Reader, match: Match) -> str:
    """Digit by digit, with a pause between its groups."""
    return ", ".join(read.one_by_one(group) for group in re.findall(r"\d+", match[0]))


def _time(read: Reader, match: Match) -> str:
    return read.time(match["hour"], match["minute"])


def _money(read: Reader, currencies: dict[str, str], match: Match) -> str:
    return read.money(match["amount"], currencies[match["currency"]])


def _range(read: Reader, match: Match) -> str:
    """Both ends as they are written, with the word between them; longer numbers are no range but a telephone's."""
    if max(len(match["low"]), len(match["high"])) > _LONGEST_OF_A_RANGE:
        return match[0]
    return f"{match['low']}{read.wording.to}"


def _measure(read: Reader, match: Match) -> str:
    return read.measure(match["amount"], UNITS[match["unit"]])


def _form(read: Reader, rule: str, match: Match) -> str:
    return read.whole(match["digits"], rule)


def _number(read: Reader, match: Match) -> str:
    """In words, with a space where they would run into a neighbouring word."""
    words = read.number(match["amount"])
    if not read.wording.spaced or read.wording.groups == ",":
        return words
    text = match.string
    before = " " if match.start() and text[match.start() - 1].isalpha() else ""
    after = " " if text[match.end() : match.end() + 1].isalpha() else ""
    return f"{before}{words}{after}"


def _one_of(table: dict[str, str]) -> str:
    return "|".join(map(re.escape, sorted(table, key=len, reverse=True)))
