"""English text as it is read aloud: numbers, money, times, dates, units, addresses and symbols in words.

`normalise` leaves letters, apostrophes and the punctuation that shapes a sentence. What has a sound is spelled out and
never dropped; only marks that merely set text off (quotes of a word, asterisks, underscores, back-ticks) and the
scheme of a web address ("https://") go. Letters of other scripts are left as they are, for the caller to refuse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from num2words import num2words

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
LONGEST_NUMBER = 15
"""Digits; longer ones are account numbers and the like, and are read digit by digit."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTH = rf"(?P<month>(?:{'|'.join(MONTHS)})\b|(?:{'|'.join(month[:3] for month in MONTHS)}|Sept)\b\.?)"
DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\b"
YEAR = r"(?P<year>\d{4})\b"

CURRENCIES = {
    "US$": ("dollar", "dollars", "cent", "cents"),
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "¥": ("yen", "yen", "sen", "sen"),
}
SCALES = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}

UNITS = {
    "km/h": ("kilometre per hour", "kilometres per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "m/s": ("metre per second", "metres per second"),
    "km": ("kilometre", "kilometres"),
    "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"),
    "m": ("metre", "metres"),
    "ft": ("foot", "feet"),
    "mi": ("mile", "miles"),
    "kg": ("kilogram", "kilograms"),
    "mg": ("milligram", "milligrams"),
    "g": ("gram", "grams"),
    "lbs": ("pound", "pounds"),
    "lb": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "ml": ("millilitre", "millilitres"),
    "l": ("litre", "litres"),
    "L": ("litre", "litres"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "Hz": ("hertz", "hertz"),
    "kB": ("kilobyte", "kilobytes"),
    "KB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"),
    "kW": ("kilowatt", "kilowatts"),
    "W": ("watt", "watts"),
    "V": ("volt", "volts"),
    "dB": ("decibel", "decibels"),
    "ms": ("millisecond", "milliseconds"),
    "s": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "%": ("percent", "percent"),
}

TITLES = {"Dr": "Doctor", "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor", "Mt": "Mount"}
ABBREVIATIONS = {
    "etc": "et cetera",
    "Jr": "Junior",
    "Sr": "Senior",
    "Inc": "Incorporated",
    "Ltd": "Limited",
    "Corp": "Corporation",
    "Ave": "Avenue",
    "Rd": "Road",
    "Blvd": "Boulevard",
    "dept": "department",
    "Dept": "Department",
}
NEVER_LAST = {"vs": "versus", "e.g": "for example", "i.e": "that is", "approx": "approximately"}
BEFORE_A_NUMBER = {"No": "number", "no": "number", "Nos": "numbers", "Fig": "figure", "Vol": "volume", "p": "page"}

ADDRESS_SIGNS = {
    ".": "dot",
    "/": "slash",
    "-": "dash",
    "_": "underscore",
    "@": "at",
    ":": "colon",
    "?": "question mark",
    "=": "equals",
    "&": "and",
    "#": "hash",
    "%": "percent",
    "+": "plus",
    "~": "tilde",
}
SIGNS = {
    "&": "and",
    "+": "plus",
    "=": "equals",
    "@": "at",
    "#": "hashtag",
    "%": "percent",
    "/": "slash",
    "<": "less than",
    ">": "greater than",
    "×": "times",  # noqa: RUF001
    "÷": "divided by",
    "±": "plus or minus",
    "≈": "about",
    "\\": "backslash",
    "→": "to",
    "§": "section",
    "°": "degrees",
}
FOLDED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ð": "th"}
    | {"þ": "th", "Þ": "Th", "ı": "i", "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "⁄": "/"}  # noqa: RUF001
    | {"{": "(", "}": ")", "[": "(", "]": ")", "−": "-", "‐": "-", "‑": "-", "―": "—", "–": "—", "|": ","}  # noqa: RUF001
)
SPEAKABLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ '-.,;:!?…—\"()")


def normalise(text: str) -> str:
    """`text` as it is read aloud, in one line.

    Of ASCII what is left are letters, spaces, apostrophes and hyphens inside words, and `. , ; : ! ? " ( )`; besides
    there may be `… —` and letters of other scripts. The result is empty if nothing in `text` has a sound or shape.
    """
    text = _plain_characters(text)
    for pattern, spoken in RULES:
        text = re.sub(pattern, spoken, text)
    return _tidy("".join(char if char in SPEAKABLE else _in_words(char) for char in text))


def cardinal(number: str) -> str:
    """Digits, perhaps with grouping commas and a decimal point, in words."""
    whole, _, decimals = number.replace(",", "").partition(".")
    if len(whole) > LONGEST_NUMBER or (len(whole) > 1 and whole.startswith("0")):
        words = digit_by_digit(whole)
    else:
        words = num2words(int(whole)).replace(",", "")
    return f"{words} point {digit_by_digit(decimals)}" if decimals else words


def ordinal(number: str) -> str:
    """Digits as an ordinal number in words: "twenty-first"; too many of them are read one by one."""
    digits = number.replace(",", "")
    if len(digits) > LONGEST_NUMBER:
        return digit_by_digit(digits)
    return str(num2words(int(digits), to="ordinal")).replace(",", "")


def year(number: str) -> str:
    """Digits as a year in words: "nineteen eighty-four"."""
    return str(num2words(int(number), to="year"))


def digit_by_digit(text: str) -> str:
    """Every digit of `text` in words, apart; whatever else is in it counts for nothing."""
    return " ".join(num2words(int(char)) for char in text if char.isdecimal())


def _plain_characters(text: str) -> str:
    """Typographic variants, ligatures and accents reduced to the characters that the rules know."""
    text = re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞])", " and ", text).replace("²", " squared").replace("³", " cubed")
    text = unicodedata.normalize("NFKD", text)
    return "".join(char for char in text if unicodedata.category(char) not in {"Mn", "Cf"}).translate(FOLDED)


def _in_words(char: str) -> str:
    """A character that is not English text: a sign by its name, a Greek letter too; a mark without sound as a space."""
    category = unicodedata.category(char)
    name = unicodedata.name(char, "")
    if char in SIGNS:
        return f" {SIGNS[char]} "
    if name.startswith("GREEK") or category in {"So", "Sm", "Sc"}:
        return " " + name.lower().removeprefix("greek small letter ").removeprefix("greek capital letter ") + " "
    return char if category.startswith("L") else " "


def _tidy(text: str) -> str:
    """One line, spaces as in print, and no quote mark or hyphen that is not inside a word."""
    text = re.sub(r"(?<![A-Za-z])['-]+|['-]+(?![A-Za-z])", " ", text)
    text = re.sub(r"\.(?:\s*\.)+", "…", text)
    text = re.sub(r"\s*—\s*", " — ", text)
    text = re.sub(r"([,;:!?…])(?=[^\W\d_])", r"\1 ", text)
    return re.sub(r"\s+([.,;:!?…)])", r"\1", " ".join(text.split())).replace("( ", "(")


def _address(match: re.Match[str]) -> str:
    address = match[0].removeprefix("http://").removeprefix("https://")
    return "".join(f" {ADDRESS_SIGNS[char]} " if char in ADDRESS_SIGNS else char for char in address)


def _time(match: re.Match[str]) -> str:
    hour, minute, second, half = match["hour"], match["minute"] or "00", match["second"], match["half"]
    if int(hour) > 24 or (half and int(hour) > 12):
        return match[0]
    if minute == "00":
        past = "" if half else "o'clock" if 0 < int(hour) <= 12 else "hundred"
    else:
        past = f"oh {cardinal(minute[1])}" if minute[0] == "0" else cardinal(minute)
    seconds = f"and {cardinal(str(int(second)))} seconds" if second else ""
    return f" {cardinal(str(int(hour)))} {past} {seconds} {f'{half.upper()}M' if half else ''} "


def _date(match: re.Match[str]) -> str:
    spoken_year = f", {year(match['year'])}" if match["year"] else ""
    name = next(month for month in MONTHS if month.startswith(match["month"][:3]))
    if match.start("day") < match.start("month"):
        return f"the {ordinal(match['day'])} of {name}{spoken_year}"
    return f"{name} {ordinal(match['day'])}{spoken_year}"


def _numeric_date(match: re.Match[str]) -> str:
    """American order, as the voices' English is American, unless only the other order is a date."""
    month, day = int(match["month"]), int(match["day"])
    if month > 12:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return f"{MONTHS[month - 1]} {ordinal(str(day))}, {year(match['year'])}"


def _money(match: re.Match[str]) -> str:
    amount, scale = match["amount"], match["scale"]
    unit, units, subunit, subunits = CURRENCIES[match["currency"]]
    if scale:
        return f"{cardinal(amount)} {SCALES.get(scale.lower(), scale)} {units} "
    whole, _, small = amount.partition(".")
    if len(small) not in {0, 2}:
        return f"{cardinal(amount)} {units} "
    large = f"{cardinal(whole)} {unit if whole == '1' else units} "
    if small in {"", "00"}:
        return large
    return f"{large}and {cardinal(str(int(small)))} {subunit if small == '01' else subunits} "


def _measure(match: re.Match[str]) -> str:
    one, many = UNITS[match["unit"]]
    return f"{cardinal(match['amount'])} {one if match['amount'] == '1' else many}"


def _decade(match: re.Match[str]) -> str:
    words = year(match[1]) if len(match[1]) == 4 else cardinal(match[1])
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


def _fraction(match: re.Match[str]) -> str:
    top, bottom = int(match[1]), int(match[2])
    if not 0 < top < bottom <= 10:
        return f"{cardinal(match[1])} slash {cardinal(match[2])}"
    part = {2: "half", 4: "quarter"}.get(bottom, ordinal(match[2]))
    plural = "s" if top > 1 else ""
    return f"{cardinal(match[1])} {part}{plural}"


def _one_of(table: dict[str, Any]) -> str:
    return "|".join(map(re.escape, sorted(table, key=len, reverse=True)))


SCALE = r"(?:\s?(?P<scale>thousand|million|billion|trillion|[kK]\b|[mM]\b|[bB]n?\b))?"
HALF_OF_THE_DAY = r"(?P<half>[AaPp])(?:\.[Mm]\.(?=,|\s+[a-z0-9])|\.?[Mm]\b)"

WHOLE_NAME = r"(?<!\w)(?<!\w-)(?<![\w-]\.)\b[\w-]+(?:\.[\w-]+)*"

# What may be long begins with what may not stand before it: a search from every place within it would take the square.
RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
    (r"(?:\bhttps?://|\bwww\.)[^\s<>\"()]*[\w/]", _address),
    (rf"{WHOLE_NAME}\.(?:com|org|net|edu|gov|io|ai|dev|co|uk|info)\b(?:/[\w./?=&#%+~-]*[\w/])?", _address),
    (r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b", _numeric_date),
    (r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})\b", _numeric_date),
    (r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\b", _numeric_date),
    (
        r"(?<![\d.,])(?:\+?\d{1,3}[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])?\d{3}[.-]\d{4}\b",
        lambda match: digit_by_digit(match[0]),
    ),
    (r"(?<=\d) - (?=\d)", " minus "),
    (rf"(?<=\d)\s?[—-]\s?(?=(?:{_one_of(CURRENCIES)})?\d)", " to "),
    (rf"\b(?P<hour>\d{{1,2}}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?\b(?:\s?{HALF_OF_THE_DAY})?", _time),
    (rf"\b(?P<hour>\d{{1,2}})(?P<minute>)(?P<second>)\s?{HALF_OF_THE_DAY}", _time),
    (rf"\b(?:the )?{DAY}(?: of)? {MONTH}(?:,? {YEAR})?", _date),
    (rf"\b{MONTH} {DAY}(?![:.,]\d)(?:,? {YEAR})?", _date),
    (r"(?<![\w.)])-(?=\s?(?:US\$|[$£€₹¥])?\.?\d)", " minus "),
    (r"'?\b((?:1[1-9]|20)\d0|[2-9]0)'?s\b", _decade),
    (r"(?<!\d)\.(?=\d)", " 0."),
    (rf"(?P<currency>{_one_of(CURRENCIES)})\s?(?P<amount>{NUMBER}){SCALE}", _money),
    (rf"(?<!\d)(?P<amount>{NUMBER}){SCALE}\s?(?P<currency>[€£₹¥])", _money),
    (r"\b24/7\b", "twenty-four seven"),
    (r"\b(\d{1,2})/(\d{1,2})\b", _fraction),
    (rf"(?<!\d)(?P<amount>{NUMBER})\s?(?P<unit>{_one_of(UNITS)})(?![\w/])", _measure),
    (r"(?<![\d.])\d+(?:\.\d+){2,}\b", lambda match: " " + " point ".join(map(cardinal, match[0].split(".")))),
    (r"(?<!\d,)\b(\d[\d,]*)(?:st|nd|rd|th)\b", lambda match: ordinal(match[1])),
    (r"(?<=\d):(?=\d)", " to "),
    (r"(?<=\d)\s?[*x×]\s?(?=\d)", " times "),  # noqa: RUF001
    (r"(?<=\w)\^(?=\w)", " to the power of "),
    (r"#(?=\d)", "number "),
    (rf"\b({_one_of(BEFORE_A_NUMBER)})\.\s?(?=\d)", lambda match: f"{BEFORE_A_NUMBER[match[1]]} "),
    (r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " "),
    (r"(?<![\d.,])(?:1[1-9]|20)\d\d(?!\d|[.,]\d)", lambda match: f" {year(match[0])} "),
    (NUMBER, lambda match: f" {cardinal(match[0])} "),
    (rf"\b({_one_of(TITLES)})\b\.?(?=\s+[A-Z])", lambda match: TITLES[match[1]]),
    (r"\b([A-Z]\w+ )St\b(?:\.(?=,|\s+[a-z]))?", r"\1Street"),
    (r"\bSt\b\.?(?=\s+[A-Z])", "Saint"),
    (rf"\b({_one_of(NEVER_LAST)})\.", lambda match: NEVER_LAST[match[1]]),
    (rf"\b({_one_of(ABBREVIATIONS)})\.(?=,|\s+[a-z])", lambda match: ABBREVIATIONS[match[1]]),
    (rf"\b({_one_of(ABBREVIATIONS)})\.(?!\w)", lambda match: f"{ABBREVIATIONS[match[1]]}."),
    (r"\bvs\b", "versus"),
    (r"\s-{1,3}\s|--+", " — "),
    (r"\.(?=[A-Z][a-z])", ". "),
)
