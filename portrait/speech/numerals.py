"""Numbers, dates, times, telephones and codes in words, as they are said in Mexico and in the United States.

Every function returns words separated by spaces; a comma after a word asks the voice for a pause.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from num2words import num2words

from portrait.speech.tongues import Tongue
from portrait.types import Language

LONGEST_NUMBER = 9
"""Digits of the longest number said as one; longer ones are said digit by digit."""

_FEMININE = re.compile(
    r"\w+(?:as|ciones|siones|dades|tudes)"
    r"|hora|semana|persona|vez|veces|noches|calles|mujeres|madres|hija|niña"
)
_MASCULINE = re.compile(
    r"\w+[oe]s|año|mes|día|días|peso|kilo|metro|kilómetro|caso|hijo|niño|minuto|mil|millón|millones"
)
_NOT_NOUNS = frozenset(
    ("es", "las", "los", "les", "nos", "dos", "tres", "antes", "entonces", "desde", "pues", "mas", "después")
)


def cardinal(number: int, tongue: Tongue, following: str = "") -> str:
    """Say a whole number; in Spanish it agrees with `following` (veintiún años, doscientas personas)."""
    words = _plain(num2words(number, lang=tongue.language.value))
    if tongue.language is not Language.SPANISH:
        return words
    words = re.sub(r"veintiuno (?=mil)", "veintiún ", re.sub(r"(?<=y )uno (?=mil)", "un ", words))
    noun = following.lower()
    if noun in _NOT_NOUNS:
        return words
    if noun in ("día", "días") or (_MASCULINE.fullmatch(noun) and not _FEMININE.fullmatch(noun)):
        return re.sub(r"\buno$", "un", re.sub(r"veintiuno$", "veintiún", words))
    if _FEMININE.fullmatch(noun):
        words = re.sub(r"(cient|quinient)os", r"\1as", words)
        return re.sub(r"uno$", "una", words)
    return words


def decimal(number: Decimal, tongue: Tongue, following: str = "", *, comma: bool = False) -> str:
    """Say a number with or without decimals; `comma` says that it was written with a decimal comma."""
    whole, _, fraction = f"{abs(number):f}".partition(".")
    sign = f"{tongue.minus} " if number < 0 else ""
    if not fraction:
        return sign + cardinal(int(whole), tongue, following)
    mark = tongue.comma if comma else tongue.point
    in_one = tongue.language is Language.SPANISH and len(fraction) == 2 and fraction[0] != "0"
    tail = cardinal(int(fraction), tongue) if in_one else spell_digits(fraction, tongue)
    return f"{sign}{cardinal(int(whole), tongue)} {mark} {tail}"


def year(number: int, tongue: Tongue) -> str:
    """Say a year: dos mil veintiuno; twenty twenty-one."""
    if tongue.language is Language.ENGLISH:
        return _plain(num2words(number, lang="en", to="year"))
    return cardinal(number, tongue)


def ordinal(number: int, tongue: Tongue, *, feminine: bool = False, short: bool = False) -> str:
    """Say an ordinal; `short` gives the form before a masculine noun (primer, tercer)."""
    words = _plain(num2words(number, lang=tongue.language.value, to="ordinal"))
    words = words.replace("décimoprimero", "décimo primero").replace("décimosegundo", "décimo segundo")
    if feminine:
        return re.sub(r"o\b", "a", words)
    return re.sub(r"(primer|tercer)o$", r"\1", words) if short else words


def calendar_date(day: date, tongue: Tongue) -> str:
    """Say a date: dieciocho de mayo de dos mil veintiuno; May eighteenth, twenty twenty-one."""
    month = tongue.months[day.month - 1]
    if tongue.language is Language.ENGLISH:
        return f"{month} {ordinal(day.day, tongue)}, {year(day.year, tongue)}"
    first = "primero" if day.day == 1 else cardinal(day.day, tongue)
    return f"{first} de {month} de {year(day.year, tongue)}"


def clock(hour: int, minute: int, tongue: Tongue) -> str:
    """Say a time of day: catorce treinta; nueve cero cinco; fourteen thirty."""
    if minute == 0:
        hours = tongue.oh_clock if 1 <= hour <= 12 and tongue.oh_clock else tongue.hours
        return f"{cardinal(hour, tongue, hours)} {hours}"
    minutes = cardinal(minute, tongue)
    if minute < 10:
        minutes = f"{tongue.zero_minutes} {minutes}"
    return f"{cardinal(hour, tongue, 'horas')} {minutes}"


def telephone(groups: list[str], tongue: Tongue) -> str:
    """Say a telephone number group by group: digits in pairs in Spanish, one by one in English."""
    return ", ".join(_telephone_group(group, tongue) for group in groups)


def _telephone_group(digits: str, tongue: Tongue) -> str:
    if tongue.language is Language.ENGLISH:
        return spell_digits(digits, tongue)
    if len(digits) == 3 and digits.endswith("00") and digits[0] != "0":
        return cardinal(int(digits), tongue)
    head = len(digits) % 2
    pairs = [digits[:head]] if head else []
    pairs += [digits[position : position + 2] for position in range(head, len(digits), 2)]
    return " ".join(_pair(pair, tongue) for pair in pairs)


def _pair(digits: str, tongue: Tongue) -> str:
    return spell_digits(digits, tongue) if digits[0] == "0" else cardinal(int(digits), tongue)


def digit_string(digits: str, tongue: Tongue) -> str:
    """Say digits that may not be a quantity: a number when short, pairs or single digits otherwise."""
    if digits[0] == "0" or len(digits) > LONGEST_NUMBER:
        return telephone([digits], tongue) if len(digits) > 4 else spell_digits(digits, tongue)
    return cardinal(int(digits), tongue)


def code(text: str, tongue: Tongue) -> str:
    """Spell a plate, folio or CURP: letters by name, digits one by one, a pause after every run."""
    runs = re.findall(r"[^\W\d_]+|\d+", text)
    return ", ".join(_code_run(run, tongue) for run in runs)


def _code_run(run: str, tongue: Tongue) -> str:
    if not run.isdecimal():
        return spell_letters(run, tongue)
    is_year = len(run) == 4 and run[:2] in ("19", "20")
    if is_year:
        return year(int(run), tongue)
    return cardinal(int(run), tongue) if len(run) <= 2 and run[0] != "0" else spell_digits(run, tongue)


def spell_digits(digits: str, tongue: Tongue) -> str:
    """Say digits one by one."""
    return " ".join(cardinal(int(digit), tongue) for digit in digits)


def spell_letters(letters: str, tongue: Tongue) -> str:
    """Say letters by name; a letter without a name of its own is said as it is."""
    return " ".join(tongue.letters.get(letter, letter) for letter in letters.lower() if letter.isalpha())


def _plain(words: str) -> str:
    return words.replace("-", " ").replace(",", "")
