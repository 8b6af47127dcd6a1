"""What reading numbers aloud takes in each language, as data: no library is needed to know which languages there are.

Words for numbers come from Unicode's rule-based number formats, names of months, units and currencies from CLDR; here
is what neither says: which of the rules is meant where, and how the parts are put together.
"""

# ruff: noqa: RUF001  # Letters of other scripts are meant.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.errors import Unsupported

LATIN_MARKS = ".\u00a0\u202f' "
"""What thousands are set apart with where the comma is the decimal mark."""
_N = r"(?<!\d)(?<!\d[.,])(?P<digits>\d{1,4})"
_ROMANCE_FEMININE = frozenset({"duration-second", "duration-minute", "duration-hour", "length-mile", "GBP", "INR"})


@dataclass(frozen=True)
class Wording:
    """One language. Rules are names of rule sets of its number format, without "spellout-".

    `plain` counts by itself, `counting` before a noun, `feminine` before one of the `feminine_nouns` (CLDR's units and
    currencies by code). `point` reads the decimal mark `decimal`; `groups` are the marks that set thousands apart.
    `times` are the full hour and another time, `hour` the rule of the hour; `zero_minute` is read before a single digit
    of minutes. `date` takes year, month and day; `year` and `day` are their rules, `first_day` what the first is called
    where that is an exception, `after_year` what may be written behind the year and is part of `date`. `cents` reads
    the hundredths of an amount of money, "" where that is read as any number. `forms` are writings of numbers that have
    a rule of their own. `signs` are the names of `SIGNS` in an address. `currency_word` says whether the first word of
    a currency's name is enough ("dollars" of "dollars des États-Unis"), `names` are better ones than CLDR's. `spaced`
    says whether words are set apart.
    """

    plain: str
    counting: str
    decimal: str
    point: str
    minus: str
    to: str
    date: str
    times: tuple[str, str]
    signs: tuple[str, str, str, str, str]
    feminine: str = ""
    feminine_nouns: frozenset[str] = frozenset()
    groups: str = LATIN_MARKS
    year: str = ""
    day: str = ""
    first_day: str = ""
    after_year: str = ""
    zero_minute: str = ""
    hour: str = ""
    cents: str = ""
    forms: tuple[tuple[str, str], ...] = ()
    currency_word: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    spaced: bool = True


DASHES = "-–—~"
MINUSES = "-−"
SIGNS = ".@/-_"
"""What `Wording.signs` are the names of, in addresses."""

WORDINGS: dict[str, Wording] = {
    "de": Wording(
        plain="numbering",
        counting="cardinal-masculine",
        feminine="cardinal-feminine",
        feminine_nouns=_ROMANCE_FEMININE | {"mass-tonne", "duration-millisecond", "energy-kilowatt-hour"},
        decimal=",",
        point="Komma",
        minus="minus",
        to=" bis ",
        date="{day} {month} {year}",
        day="ordinal-n",
        year="numbering-year",
        times=("{hour} Uhr", "{hour} Uhr {minute}"),
        hour="cardinal-masculine",
        cents="{whole} {name} {cents}",
        forms=(
            (rf"(?i:(?<=\bder )|(?<=\bdie )|(?<=\bdas )){_N}\.(?= \w)", "ordinal"),
            (rf"(?i:(?<=\b[ai]m )|(?<=\b[vz][ou]m )|(?<=\bbeim )|(?<=\bde[mns] )){_N}\.(?= \w)", "ordinal-n"),
            (r"(?<![\d:.,])(?P<digits>\d{1,2})(?= Uhr\b)", "cardinal-masculine"),
            (r"(?<![\w.,])(?P<digits>1[1-9]\d\d)(?!\w|[.,]\d)", "numbering-year"),
        ),
        signs=("Punkt", "ät", "Schrägstrich", "Bindestrich", "Unterstrich"),
    ),
    "fr": Wording(
        plain="cardinal-masculine",
        counting="cardinal-masculine",
        feminine="cardinal-feminine",
        feminine_nouns=(_ROMANCE_FEMININE | {"mass-tonne", "duration-millisecond"}) - {"length-mile"},
        decimal=",",
        point="virgule",
        minus="moins",
        to=" à ",
        date="{day} {month} {year}",
        first_day="premier",
        times=("{hour} heures", "{hour} heures {minute}"),
        hour="cardinal-feminine",
        cents="{whole} {name} {cents}",
        forms=(
            (rf"{_N}er\b", "ordinal-masculine"),
            (rf"{_N}(?:re|ère)\b", "ordinal-feminine"),
            (rf"{_N}(?:i?ème|[eè])\b", "ordinal-masculine"),
        ),
        signs=("point", "arobase", "barre oblique", "tiret", "tiret bas"),
        currency_word=True,
    ),
    "es": Wording(
        plain="numbering",
        counting="cardinal-masculine",
        feminine="cardinal-feminine",
        feminine_nouns=(_ROMANCE_FEMININE | {"mass-tonne"}) - {"duration-second", "duration-minute"},
        decimal=",",
        point="coma",
        minus="menos",
        to=" a ",
        date="{day} de {month} de {year}",
        first_day="primero",
        times=("{hour}", "{hour} {minute}"),
        hour="cardinal-feminine",
        cents="{whole} {name} con {cents}",
        forms=(
            (rf"{_N}\.?º", "ordinal-masculine"),
            (rf"{_N}\.?ª", "ordinal-feminine"),
            (rf"{_N}\.?er\b", "ordinal-masculine-adjective"),
        ),
        signs=("punto", "arroba", "barra", "guion", "guion bajo"),
        currency_word=True,
    ),
    "it": Wording(
        plain="numbering",
        counting="cardinal-masculine",
        feminine="cardinal-feminine",
        feminine_nouns=(_ROMANCE_FEMININE | {"mass-tonne"}) - {"duration-second", "duration-minute"},
        decimal=",",
        point="virgola",
        minus="meno",
        to=" a ",
        date="{day} {month} {year}",
        first_day="primo",
        times=("{hour}", "{hour} e {minute}"),
        hour="cardinal-feminine",
        cents="{whole} {name} e {cents}",
        forms=((rf"{_N}[º°](?!\s?[CF]\b)", "ordinal-masculine"), (rf"{_N}ª", "ordinal-feminine")),
        signs=("punto", "chiocciola", "barra", "trattino", "trattino basso"),
        currency_word=True,
    ),
    "pt": Wording(
        plain="cardinal-masculine",
        counting="cardinal-masculine",
        feminine="cardinal-feminine",
        feminine_nouns=(_ROMANCE_FEMININE | {"mass-tonne"}) - {"duration-second", "duration-minute"},
        decimal=",",
        point="vírgula",
        minus="menos",
        to=" a ",
        date="{day} de {month} de {year}",
        first_day="primeiro",
        times=("{hour} horas", "{hour} e {minute}"),
        hour="cardinal-feminine",
        cents="{whole} {name} e {cents}",
        forms=((rf"{_N}\.?(?:º|o\b)", "ordinal-masculine"), (rf"{_N}\.?(?:ª|a\b)", "ordinal-feminine")),
        signs=("ponto", "arroba", "barra", "hífen", "sublinhado"),
        currency_word=True,
    ),
    "ru": Wording(
        plain="cardinal-masculine",
        counting="cardinal-masculine",
        feminine="cardinal-feminine",
        feminine_nouns=frozenset(
            {"duration-second", "duration-minute", "duration-millisecond", "length-mile", "mass-tonne"}
            | {"JPY", "KRW", "INR"}
        ),
        decimal=",",
        point="запятая",
        minus="минус",
        to=" — ",
        date="{day} {month} {year} года",
        after_year=r" г\.| года",
        day="ordinal-masculine-genitive",
        year="ordinal-masculine-genitive",
        times=("{hour} ноль ноль", "{hour} {minute}"),
        zero_minute="ноль ",
        cents="{whole} {name} {cents}",
        forms=(
            (rf"{_N}(?:-(?:ый|ой|ий|й)\b|(?= год\b))", "ordinal-masculine"),
            (rf"{_N}-(?:ая|яя|я)\b", "ordinal-feminine"),
            (rf"{_N}-(?:ое|ее|е)\b", "ordinal-neuter"),
            (rf"{_N}(?:-(?:ого|его|го)\b|(?= года\b))", "ordinal-masculine-genitive"),
            (rf"{_N}-(?:ому|ему|му)\b", "ordinal-masculine-dative"),
            (rf"{_N}(?:-(?:ом|ем|м)\b|(?= году\b))", "ordinal-masculine-locative"),
        ),
        signs=("точка", "собака", "слэш", "дефис", "подчёркивание"),
    ),
    "zh": Wording(
        plain="cardinal",
        counting="cardinal-alternate2",
        decimal=".",
        groups=",",
        point="点",
        minus="负",
        to="到",
        date="{year}年{month}月{day}日",
        year="digits",
        times=("{hour}点", "{hour}点{minute}分"),
        hour="cardinal-alternate2",
        zero_minute="零",
        forms=(
            (r"(?<!\d)(?P<digits>1[1-9]\d\d|20\d\d)(?=年)", "digits"),
            (r"(?<![\d.,])(?P<digits>2)(?=\s?(?:个|公里|位|次|天|小时|本|只|张|杯|条))", "cardinal-alternate2"),
        ),
        signs=("点", "艾特", "斜杠", "横杠", "下划线"),
        names={"concentr-percent": "百分之{}", "CNY": "元"},
        spaced=False,
    ),
    "ja": Wording(
        plain="cardinal",
        counting="cardinal",
        decimal=".",
        groups=",",
        point="点",
        minus="マイナス",
        to="から",
        date="{year}年{month}月{day}日",
        times=("{hour}時", "{hour}時{minute}分"),
        signs=("ドット", "アットマーク", "スラッシュ", "ハイフン", "アンダーバー"),
        spaced=False,
    ),
    "ko": Wording(
        plain="cardinal-sinokorean",
        counting="cardinal-sinokorean",
        decimal=".",
        groups=",",
        point="점",
        minus="마이너스",
        to="에서 ",
        date="{year}년 {month}월 {day}일",
        times=("{hour}시", "{hour}시 {minute}분"),
        hour="cardinal-native-attributive",
        forms=(
            (rf"{_N}(?=\s?(?:개|명|살|번째|마리|권|잔|시간|가지|병|사람))", "cardinal-native-attributive"),
            (r"(?<![\d.,:])(?P<digits>1[0-2]|[1-9])(?=시(?!간|속))", "cardinal-native-attributive"),
        ),
        signs=("점", "골뱅이", "슬래시", "하이픈", "밑줄"),
        names={"concentr-percent": "{}퍼센트", "KRW": "원"},
    ),
}
LANGUAGES = ("en", *WORDINGS)
"""Every language that `sidecar.text.normalise` reads, by ISO 639-1."""


def require_language(language: str) -> None:
    """Raise `Unsupported` unless the language (ISO 639-1) is one of these."""
    if language not in LANGUAGES:
        raise Unsupported(
            f"Numbers cannot be put into words of the language {language!r}, only of {', '.join(LANGUAGES)}; leave out "
            "normalise.",
            language=language,
        )


CURRENCIES: dict[str, str] = (
    {"€": "EUR", "US$": "USD", "R$": "BRL", "$": "USD", "£": "GBP", "￥": "CNY", "₩": "KRW", "₽": "RUB", "₹": "INR"}
    | {code: code for code in ("EUR", "USD", "GBP", "JPY", "CNY", "KRW", "RUB", "BRL", "CHF", "INR")}
    | {"元": "CNY", "円": "JPY", "원": "KRW", "руб.": "RUB"}
)
"""CLDR's code by what is written; ¥ is the yen, or the yuan in Chinese."""

UNITS: dict[str, str] = {
    **{"km/h": "speed-kilometer-per-hour", "км/ч": "speed-kilometer-per-hour", "mph": "speed-mile-per-hour"},
    **{"m/s": "speed-meter-per-second", "м/с": "speed-meter-per-second"},
    **{"km²": "area-square-kilometer", "m²": "area-square-meter", "m³": "volume-cubic-meter"},
    **{"км²": "area-square-kilometer", "м²": "area-square-meter", "м³": "volume-cubic-meter"},
    **{"km": "length-kilometer", "m": "length-meter", "cm": "length-centimeter", "mm": "length-millimeter"},
    **{"км": "length-kilometer", "м": "length-meter", "см": "length-centimeter", "мм": "length-millimeter"},
    **{"kg": "mass-kilogram", "g": "mass-gram", "mg": "mass-milligram", "t": "mass-tonne"},
    **{"кг": "mass-kilogram", "г": "mass-gram", "мг": "mass-milligram", "т": "mass-tonne"},
    **{"l": "volume-liter", "L": "volume-liter", "ml": "volume-milliliter"},
    **{"л": "volume-liter", "мл": "volume-milliliter", "ч": "duration-hour", "мин": "duration-minute"},
    **{"°C": "temperature-celsius", "℃": "temperature-celsius", "°F": "temperature-fahrenheit"},
    **{"kB": "digital-kilobyte", "MB": "digital-megabyte", "GB": "digital-gigabyte", "TB": "digital-terabyte"},
    **{"Hz": "frequency-hertz", "kHz": "frequency-kilohertz", "MHz": "frequency-megahertz"},
    **{"GHz": "frequency-gigahertz", "kWh": "energy-kilowatt-hour", "kW": "power-kilowatt", "W": "power-watt"},
    **{"V": "electric-volt", "ms": "duration-millisecond", "s": "duration-second", "min": "duration-minute"},
    **{"h": "duration-hour", "%": "concentr-percent", "％": "concentr-percent"},
}
"""CLDR's unit by what is written."""
