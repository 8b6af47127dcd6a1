# ruff: noqa: RUF001  # Letters of other scripts are meant.

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sidecar.errors import Unsupported
from sidecar.text import normalise_en
from sidecar.text.normalise import spoken
from sidecar.text.normalise_wording import LANGUAGES, WORDINGS

READ = {
    "de": [
        (
            "Am 1. November 2026 um 14:30 Uhr kosteten 3,5 kg Äpfel 12,50 €.",
            "Am ersten November zweitausendsechsundzwanzig um vierzehn Uhr dreißig kosteten drei Komma fünf Kilogramm "
            "Äpfel zwölf Euro fünfzig.",
        ),
        ("1984 waren es -5 °C.", "neunzehnhundertvierundachtzig waren es minus fünf Grad Celsius."),
        ("10-12 % mehr", "zehn bis zwölf Prozent mehr"),
        ("Der 3. Platz im 19. Jahrhundert.", "Der dritte Platz im neunzehnten Jahrhundert."),
        ("Kapitel 21. Um 1 Uhr.", "Kapitel einundzwanzig. Um ein Uhr."),
        ("am 05.06.1999", "am fünften Juni neunzehnhundertneunundneunzig"),
        ("1 h, 1 km, 100 km/h", "eine Stunde, ein Kilometer, einhundert Kilometer pro Stunde"),
        (
            "1.234.567 $ oder $5",
            "eine Million zweihundertvierunddreißigtausendfünfhundertsiebenundsechzig US-Dollar oder fünf US-Dollar",
        ),
        ("Telefon 030-12345", "Telefon null drei null, eins zwei drei vier fünf"),
        ("max@beispiel.de", "max ät beispiel Punkt de"),
        ("https://www.beispiel.de/seite_2", "www Punkt beispiel Punkt de Schrägstrich seite Unterstrich zwei"),
        ("A4", "A vier"),
    ],
    "fr": [
        ("Le 1er novembre 2026 à 14h30.", "Le premier novembre deux mille vingt-six à quatorze heures trente."),
        ("21e siècle, 1re fois", "vingt-et-unième siècle, première fois"),
        (
            "1 234 habitants, -5 °C, 12,50 €",
            "mille deux cent trente-quatre habitants, moins cinq degrés Celsius, douze euros cinquante",
        ),
        (
            "1 h, 5 $, 3 £, 22/11/2026",
            "une heure, cinq dollars, trois livres, vingt-deux novembre deux mille vingt-six",
        ),
        ("jean@exemple.fr", "jean arobase exemple point fr"),
    ],
    "es": [
        (
            "El 1 de noviembre de 2026 a las 14:30.",
            "El primero de noviembre de dos mil veintiséis a las catorce treinta.",
        ),
        ("el 3.er piso, 2º", "el tercer piso, segundo"),
        ("21 km por 12,50 €", "veintiún kilómetros por doce euros con cincuenta"),
    ],
    "it": [
        ("Il 1º novembre 2026 alle 14:30.", "Il primo novembre duemilaventisei alle quattordici e trenta."),
        ("21 km, 3,14, 12,50 €", "ventun chilometri, tre virgola uno quattro, dodici euro e cinquanta"),
    ],
    "pt": [
        (
            "Em 1 de novembro de 2026 às 14:30.",
            "Em primeiro de novembro de dois mil e vinte e seis às catorze e trinta.",
        ),
        ("R$ 12,50, 2 h, 3ª vez", "doze reais e cinquenta, duas horas, terceira vez"),
    ],
    "ru": [
        (
            "1 ноября 2026 года в 14:05.",
            "первого ноября две тысячи двадцать шестого года в четырнадцать ноль пять.",
        ),
        ("21-й век, в 1984 году", "двадцать первый век, в одна тысяча девятьсот восемьдесят четвертом году"),
        ("1 км, 2 км, 5 км, 2 мин", "один километр, два километра, пять километров, две минуты"),
        ("3,5 кг, 12 %", "три запятая пять килограмма, двенадцать процентов"),
    ],
    "zh": [
        ("2026年11月1日14:30", "二零二六年十一月一日十四点三十分"),
        ("3.5 kg苹果要12.50元。", "三点五千克苹果要十二点五零元。"),
        ("1984年有1,234,567人", "一九八四年有一百二十三万四千五百六十七人"),
        ("-5℃,12%,2 km,¥100", "负五摄氏度,百分之十二,两公里,一百元"),
    ],
    "ja": [
        ("2026年11月1日14:30に", "二千二十六年十一月一日十四時三十分に"),
        ("3.5 kgは1,250円、¥100", "三点五キログラムは千二百五十円、百円"),
        ("-5℃、10-12%、100 km/h", "マイナス摂氏五度、十から十二パーセント、時速百キロメートル"),
    ],
    "ko": [
        ("2026년 11월 1일 14:30에", "이천이십육년 십일월 일일 십사시 삼십분에"),
        ("3개, 2시 30분, 5명, 14시", "세개, 두시 삼십분, 다섯명, 십사시"),
        ("3.5 kg은 12,500원, 12%", "삼 점 오킬로그램은 만 이천오백 원, 십이퍼센트"),
    ],
}


@pytest.mark.parametrize(
    ("language", "written", "read"), [(language, *case) for language, cases in READ.items() for case in cases]
)
def test_what_is_written_in_signs_is_read_in_words(language: str, written: str, read: str) -> None:
    assert spoken(written, language) == read


def test_every_language_with_a_wording_is_tried_here() -> None:
    assert READ.keys() == WORDINGS.keys()
    assert set(LANGUAGES) == {"en", *READ}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["Hello, world!", "Na, so was … »gut«?"])
def test_words_stay_as_they_are(language: str, text: str) -> None:
    assert spoken(text, language) == (normalise_en.normalise(text) if language == "en" else text)


@pytest.mark.parametrize("text", ["31.02.99999", "99:99", "40.40.2026", "1:0", "1.2.3", "3/4", "0", "007", "９９"])
@pytest.mark.parametrize("language", WORDINGS)
def test_what_only_looks_like_a_date_or_a_time_is_read_all_the_same(language: str, text: str) -> None:
    assert not any(char.isdigit() for char in spoken(text, language))


@pytest.mark.parametrize("language", WORDINGS)
@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="0123456789 .,:-/%€$@kmh°C第年月日시a\n", max_size=30))
@example(text="9" * 40)
def test_whatever_is_written_no_digit_is_left_and_a_second_reading_changes_nothing(language: str, text: str) -> None:
    once = spoken(text, language)
    assert not any(char.isdigit() for char in once)
    assert spoken(once, language) == once


def test_english_has_rules_of_its_own_that_a_second_reading_leaves_alone() -> None:
    once = spoken("On 2026-11-01, 3.5kg cost $12.50.", "en")
    assert (
        once == "On November first, twenty twenty-six, three point five kilograms cost twelve dollars and fifty cents."
    )
    assert normalise_en.normalise(once) == once


def test_another_language_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Unsupported, match=r"'sv', only of en, de, .*; leave out normalise") as refusal:
        spoken("7 sjösjuka sjömän", "sv")
    assert refusal.value.data == {"language": "sv"}


@pytest.mark.parametrize("language", WORDINGS)
@pytest.mark.parametrize("after", [" km", " €"])
def test_a_measure_or_amount_too_long_to_have_a_name_is_read_digit_by_digit(language: str, after: str) -> None:
    assert not any(char.isdigit() for char in spoken("7" * 5000 + after, language))
