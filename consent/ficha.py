"""The search ficha: the facts that Mexican search bulletins print, each with its key and its rule.

The keys are those of the ficha of the national register (RNPDNO) and of the bulletins of the search
commissions, Alba and Amber. Other keys stay allowed: a family knows things no form asks for. What is written
under a key of the ficha has to be plausible; whether it is true is for two people to verify.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from consent.errors import N_, BadValue
from consent.folding import fold
from consent.phrases import MONTHS

FOLIO = "folio"  # folio único of the national register (RNPDNO)
INVESTIGATION = "carpeta"  # carpeta de investigación of a prosecutor's office
MAX_VALUE = 200
ALERTS: Final = ("Alerta Amber", "Protocolo Alba", "Alerta Plateada", "Ficha de búsqueda", "Otra")

_IMPLAUSIBLE = N_("it is not plausible")
_FUTURE = N_("the dates are in the future or out of order")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_OFFICIAL = re.compile(r"(?=.*\d)[\w./ -]{4,60}")
_YEAR_FIRST = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b")
_MONTHS: Mapping[str, int] = {
    **dict(zip((name for name in MONTHS.split("|")[:13] if name != "setiembre"), range(1, 13), strict=True)),
    **dict(zip(MONTHS.split("|")[13:], range(1, 13), strict=True)),
    "setiembre": 9,
}
_DAY_OF_MONTH = re.compile(rf"\b(\d{{1,2}}) (?:de )?({MONTHS}),? (?:de |del )?(\d{{4}})\b")
_MONTH_AND_DAY = re.compile(rf"\b({MONTHS}) (\d{{1,2}}),? (\d{{4}})\b")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the ficha. check: raises BadValue for a value that cannot be, on a given day."""

    key: str
    titles: Mapping[str, str]
    check: Callable[[str, str, date], None] | None


def checked(key: str, value: str, today: date) -> str:
    """Return `value` when it can stand under `key`; keys outside the ficha take any text.

    Raises BadValue.
    """
    check = FICHA[key].check if key in FICHA else None
    if check is not None:
        check(key, value, today)
    return value


def title(key: str, language: str) -> str:
    """What the field is called in "es" or "en"; a free key is its own title."""
    return FICHA[key].titles[language] if key in FICHA else key


def read_date(text: str) -> date | None:
    """The first date in `text`: 2021-05-18, 18/05/2021, 18 de mayo de 2021, May 18, 2021. None without one.

    Raises ValueError for a date that the calendar does not have.
    """
    folded = fold(text)
    if found := _YEAR_FIRST.search(folded):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.search(folded):
        day, month, year = map(int, found.groups())
    elif found := _DAY_OF_MONTH.search(folded):
        day, month, year = int(found[1]), _MONTHS[found[2]], int(found[3])
    elif found := _MONTH_AND_DAY.search(folded):
        month, day, year = _MONTHS[found[1]], int(found[2]), int(found[3])
    else:
        return None
    return date(year, month, day)


def _short(key: str, value: str, today: date) -> None:
    if len(value) > MAX_VALUE:
        raise BadValue(field=key, why=N_("it is too long"))


def _past(key: str, value: str, today: date) -> None:
    try:
        said = read_date(value)
    except ValueError as error:
        raise BadValue(field=key, why=_IMPLAUSIBLE) from error
    if said is None:
        raise BadValue(field=key, why=N_("write the day, the month and the year"))
    if said > today:
        raise BadValue(field=key, why=_FUTURE)


def _age(key: str, value: str, today: date) -> None:
    _plausible(key, _numbers(value), 0, 120)


def _height(key: str, value: str, today: date) -> None:
    metres = [number / 100 if number >= 30 else number for number in _numbers(value)]
    if len(metres) > 1 and "metro" in fold(value) and metres[0] in (1, 2):  # "1 metro con 60 centímetros"
        metres = [metres[0] + metres[1], *metres[2:]]
    _plausible(key, metres, 0.3, 2.5)


def _official(key: str, value: str, today: date) -> None:
    if not _OFFICIAL.fullmatch(value):
        raise BadValue(field=key, why=N_("use letters, digits and dashes, as the document has it"))


def _alert(key: str, value: str, today: date) -> None:
    if fold(value) not in {fold(alert) for alert in ALERTS}:
        raise BadValue(field=key, why=N_("choose Alerta Amber, Protocolo Alba or another kind of the list"))


def _numbers(value: str) -> list[float]:
    return [float(number.replace(",", ".")) for number in _NUMBER.findall(value)]


def _plausible(key: str, numbers: list[float], least: float, most: float) -> None:
    if not numbers or not all(least <= number <= most for number in numbers):
        raise BadValue(field=key, why=_IMPLAUSIBLE)


FICHA: Mapping[str, Field] = {
    key: Field(key, {"es": spanish, "en": english}, check)
    for key, spanish, english, check in (
        ("nombre", "Nombre", "Name", _short),
        ("edad", "Edad", "Age", _age),
        ("sexo", "Sexo", "Sex", _short),
        ("género", "Género", "Gender", _short),
        ("fecha", "Fecha en que se le vio por última vez", "Date last seen", _past),
        ("lugar", "Lugar donde se le vio por última vez", "Place last seen", None),
        ("estatura", "Estatura", "Height", _height),
        ("complexión", "Complexión", "Build", _short),
        ("tez", "Tez", "Skin", _short),
        ("cabello", "Cabello", "Hair", _short),
        ("ojos", "Ojos", "Eyes", _short),
        ("señas", "Señas particulares", "Distinguishing marks", None),
        ("ropa", "Vestimenta", "Clothing", None),
        ("vulnerabilidad", "Condición de vulnerabilidad", "Vulnerability", None),
        (FOLIO, "Folio único de búsqueda", "Search folio", _official),
        (INVESTIGATION, "Carpeta de investigación", "Investigation file", _official),
        ("alerta", "Tipo de alerta", "Kind of alert", _alert),
    )
}
