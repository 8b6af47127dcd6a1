"""Numbers in the words of a language, from Unicode's rule-based number formats and CLDR's names."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale
from babel.numbers import format_decimal, get_currency_name
from babel.units import format_unit
from unicode_rbnf import RbnfEngine

from sidecar.text.normalise_wording import WORDINGS, Wording

LONGEST_NUMBER = 15
"""Digits; longer ones are account numbers and the like, and are read digit by digit."""


@cache
def reader(language: str) -> Reader:
    """The reader of a language (ISO 639-1); its rules take some milliseconds to load."""
    return Reader(language, WORDINGS[language])


class Reader:
    """Reads numbers, as they are written in one language, in its words."""

    def __init__(self, language: str, wording: Wording) -> None:
        self.wording = wording
        self.space = " " if wording.spaced else ""
        self._language = language
        self._rules = RbnfEngine.for_language(language)
        self.months = tuple(str(Locale(language).months["format"]["wide"][month]) for month in range(1, 13))

    def whole(self, digits: str, rule: str = "") -> str:
        """Digits as one number, by the rule that is named or else the plain one; one by one if they are no amount."""
        if rule == "digits" or len(digits) > LONGEST_NUMBER or (len(digits) > 1 and digits.startswith("0")):
            return self.one_by_one(digits)
        found = self._rules.format_number(int(digits), ruleset_names=[f"spellout-{rule or self.wording.plain}"]).text
        return found.replace("\u00ad", "")

    def number(self, written: str, rule: str = "") -> str:
        """A number with its marks: whole part and decimals."""
        whole, decimals = self.parts(written)
        if not decimals:
            return self.whole(whole, rule)
        return self.space.join((self.whole(whole), self.wording.point, self.one_by_one(decimals)))

    def parts(self, written: str) -> tuple[str, str]:
        """The digits before and after the decimal mark. A lone mark that cannot set thousands apart is one too."""
        whole, mark, decimals = written.rpartition(self.wording.decimal)
        if not mark:
            whole, mark, decimals = written.rpartition(".")
            if not mark or len(decimals) == 3 or "." in whole:
                whole, decimals = written, ""
        return re.sub(r"\D", "", whole), decimals

    def one_by_one(self, digits: str) -> str:
        """Every digit by itself."""
        return self.space.join(self.whole(digit) for digit in digits)

    def measure(self, written: str, unit: str) -> str:
        """A number of a unit of CLDR's, in the form that its number asks for."""
        words = self.number(written, self._rule_before(unit))
        if unit in self.wording.names:
            return self.wording.names[unit].format(words)
        value = self._value(written)
        shown = format_decimal(value, locale=self._language)
        for length in ("long", "short"):
            phrase = format_unit(value, unit, length, locale=self._language)
            if unit not in phrase:
                break
        return re.sub(r"\s", self.space, phrase.replace(shown, words, 1))

    def money(self, written: str, code: str) -> str:
        """An amount of a currency (ISO 4217)."""
        name = self.wording.names.get(code) or get_currency_name(code, self._value(written), locale=self._language)
        if self.wording.currency_word:
            name = name.split()[0].lower()
        whole, decimals = self.parts(written)
        rule = self._rule_before(code)
        if len(decimals) == 2 and self.wording.cents:
            if decimals == "00":
                return f"{self.whole(whole, rule)} {name}"
            cents = self.whole(str(int(decimals)))
            return self.wording.cents.format(whole=self.whole(whole, rule), name=name, cents=cents)
        return f"{self.number(written, rule)}{self.space}{name}"

    def date(self, year: str, month: int, day: int) -> str:
        """A day; without its year if that is empty."""
        wording = self.wording
        by_name = wording.spaced and self.months[0].isalpha()
        said = self.whole(str(day), wording.day)
        if day == 1 and wording.first_day:
            said = wording.first_day
        pattern = wording.date if year else re.sub(r"(?: de)? \{year\}.*|\{year\}\S\s?", "", wording.date)
        return pattern.format(
            year=self.whole(year, wording.year) if year else "",
            month=self.months[month - 1] if by_name else self.whole(str(month)),
            day=said,
        )

    def time(self, hour: str, minute: str) -> str:
        """A time of the day, of 24 hours."""
        full, other = self.wording.times
        # Korean counts the hours in its own numbers, but only those of a clock's face.
        rule = self.wording.hour if not (self.wording.hour.startswith("cardinal-native") and int(hour) > 12) else ""
        said = self.whole(str(int(hour)), rule)
        if int(minute) == 0:
            return full.format(hour=said)
        zero = self.wording.zero_minute if minute.startswith("0") else ""
        return other.format(hour=said, minute=zero + self.whole(str(int(minute))))

    def _rule_before(self, noun: str) -> str:
        return self.wording.feminine if noun in self.wording.feminine_nouns else self.wording.counting

    def _value(self, written: str) -> float:
        whole, decimals = self.parts(written)
        # What CLDR tells the form by: the last digits and two decimals are enough, and more than it can show otherwise.
        last = int(whole[-LONGEST_NUMBER:])
        return float(f"{last}.{decimals[:2]}") if decimals else last
