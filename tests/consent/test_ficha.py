"""The fields of the search ficha: what can stand in each, and that one search is one case."""

from __future__ import annotations

from datetime import date

import pytest

from consent import cases, facts, ficha
from consent.archive import Archive
from consent.errors import BadValue, FolioTaken
from consent.facts import Confidence
from consent.ficha import FICHA
from tests.consent.story import COORDINATOR, FACTS, VOLUNTEER, new_case, people

TODAY = date(2026, 11, 22)
CAN_BE = [
    ("nombre", "Lucero Ejemplo Prueba"),
    ("edad", "17"),
    ("edad", "entre 15 y 17 años"),
    ("edad", "0"),
    ("sexo", "Mujer"),
    ("género", "Femenino"),
    ("fecha", "2021-05-18"),
    ("fecha", "18/05/2021"),
    ("fecha", "18 de mayo de 2021, por la tarde"),
    ("fecha", "May 18, 2021"),
    ("fecha", "2026-11-22"),
    ("fecha", "29 de febrero de 2024"),
    ("lugar", "Guadalajara, Jalisco, cerca de las 21:30"),
    ("estatura", "1.60 m"),
    ("estatura", "1,60"),
    ("estatura", "160 cm"),
    ("estatura", "1 metro con 60 centímetros"),
    ("estatura", "entre 1.55 y 1.65"),
    ("complexión", "Delgada"),
    ("tez", "Morena clara"),
    ("cabello", "Negro, largo"),
    ("ojos", "Cafés"),
    ("señas", "Cicatriz de 3 cm en la ceja"),
    ("ropa", "Blusa azul"),
    ("vulnerabilidad", "Embarazo de 7 meses"),
    ("folio", "1412021000123456"),
    ("folio", "14120-21-000123"),
    ("carpeta", "CI-FEPD/1234/2021"),
    ("alerta", "Alerta AMBER"),
    ("alerta", "protocolo alba"),
    ("apodo", "Lu"),  # no form asks for it
]
CANNOT_BE = [
    ("nombre", "x" * 201),
    ("edad", "joven"),
    ("edad", "170"),
    ("fecha", "2026-11-23"),
    ("fecha", "31 de diciembre de 2026"),
    ("fecha", "31/02/2021"),
    ("fecha", "hace mucho"),
    ("estatura", "alta"),
    ("estatura", "16 m"),
    ("estatura", "1600"),
    ("estatura", "entre 1.55 y 3.65"),
    ("folio", "sin folio"),
    ("folio", "12"),
    ("folio", "1" * 61),
    ("folio", "14120'; DROP TABLE facts"),
    ("carpeta", "<b>1234</b>"),
    ("alerta", "roja"),
]


@pytest.mark.parametrize(("key", "value"), CAN_BE)
def test_what_can_be(key: str, value: str) -> None:
    assert ficha.checked(key, value, TODAY) == value


@pytest.mark.parametrize(("key", "value"), CANNOT_BE)
def test_what_cannot_be(key: str, value: str) -> None:
    with pytest.raises(BadValue) as refusal:
        ficha.checked(key, value, TODAY)
    assert refusal.value.details["field"] == key
    assert value not in str(refusal.value)


def test_every_field_is_tried_and_has_both_titles() -> None:
    assert set(FICHA) <= {key for key, _ in CAN_BE}
    for key in FICHA:
        assert ficha.title(key, "es") != ficha.title(key, "en")
    assert ficha.title("apodo", "es") == "apodo"


def test_a_fact_keeps_how_far_its_source_is_trusted_and_from_when_it_is(archive: Archive) -> None:
    people(archive)
    case_id = new_case(archive)
    told = facts.add_fact(
        archive,
        case_id,
        "edad",
        "31",
        source="Acta",
        source_date=date(2021, 5, 20),
        confidence=Confidence.HIGH,
        actor=VOLUNTEER,
    )
    assert (told.confidence, told.source_date) == (Confidence.HIGH, date(2021, 5, 20))
    assert told in facts.list_facts(archive, case_id, actor=VOLUNTEER)
    with pytest.raises(BadValue):
        facts.add_fact(
            archive, case_id, "edad", "31", source="Acta", source_date=date(2026, 11, 23), actor=VOLUNTEER
        )
    with pytest.raises(BadValue):
        facts.add_fact(archive, case_id, "fecha", "2030-01-01", source="Acta", actor=VOLUNTEER)


def test_one_folio_belongs_to_one_open_case(archive: Archive) -> None:
    people(archive)
    first = new_case(archive)
    second = cases.open_case(archive, actor=VOLUNTEER, disappeared=date(2021, 5, 18), minor=False).id

    def claim(folio: str) -> None:
        facts.add_fact(archive, second, "folio", folio, source="Ficha", actor=VOLUNTEER)

    for written in (FACTS["folio"], "14120 21 000123", "1412021000123"):
        with pytest.raises(FolioTaken) as refusal:
            claim(written)
        assert refusal.value.details == {"case": first}
    # Correcting it, or telling it again in its own case, is no clash.
    facts.add_fact(archive, first, "folio", "14120-21-000124", source="Ficha", actor=VOLUNTEER)
    facts.add_fact(archive, first, "folio", "14120-21-000124", source="Ficha", actor=VOLUNTEER)
    claim(FACTS["folio"])
    # A case that is over frees its folio.
    third = cases.open_case(archive, actor=VOLUNTEER, disappeared=date(2021, 5, 18), minor=False).id
    cases.close(archive, second, actor=VOLUNTEER)
    facts.add_fact(archive, third, "folio", FACTS["folio"], source="Ficha", actor=VOLUNTEER)


def test_the_tables_do_not_hold_the_folio(archive: Archive) -> None:
    people(archive)
    case_id = new_case(archive)
    from consent.models import FactRow

    def marks() -> list[str]:
        with archive.reading() as session:
            rows = session.query(FactRow).filter(FactRow.case_id == case_id).all()
            return [row.mark for row in rows if row.mark is not None]

    (mark,) = marks()
    assert "000123" not in mark
    cases.erase(archive, case_id, actor=COORDINATOR)
    assert marks() == []
