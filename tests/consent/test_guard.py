"""The script guard on sentences of our own, Spanish and English: what it stops and what it lets through."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consent import guard
from consent.clearance import Person, ScriptText
from consent.facts import Fact
from consent.guard import Known

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TWO = ("vol-dos", "vol-tres")


def fact(key: str, value: str, verified_by: tuple[str, ...] = TWO) -> Fact:
    return Fact(f"fact-{key}", key, value, "Ficha oficial", "vol-uno", NOW, verified_by)


KNOWN = Known(
    facts={
        fact.key: fact
        for fact in (
            fact("nombre", "Lucero Ejemplo Prueba"),
            fact("lugar", "Guadalajara, Jalisco"),
            fact("fecha", "2021-05-18"),
            fact("avenida", "Avenida 16 de septiembre"),
            fact("edad", "17"),
            fact("estatura", "1.60 m"),
            fact("folio", "1412021000123456"),
            fact("telefono", "33 1234 5678"),
            fact("rumor", "En Tonalá", verified_by=("vol-dos",)),
        )
    },
    numbers=frozenset({"+528000287783", "911"}),
    institutions=("Comisión Nacional de Búsqueda",),
)

LET_THROUGH: list[tuple[str, str]] = [
    ("Buscamos a Lucero Ejemplo Prueba.", "nombre"),
    ("Desapareció en Guadalajara el 18 de mayo de 2021.", "lugar fecha"),
    ("Desapareció el 18/05/2021.", "fecha"),
    ("Desapareció el 2021-05-18 en Jalisco.", "fecha lugar"),
    ("Tenía 17 años y mide 1.60 metros.", "edad estatura"),
    ("Su folio único es 1412021000123456.", "folio"),
    ("Llame al 800 028 7783.", "contacto"),
    ("Call 800-028-7783, the line of the Comisión Nacional de Búsqueda.", "contact"),
    ("En una emergencia, llame al 911.", "contacto"),
    ("Su familia la espera con los brazos abiertos.", "-"),
    ("Gracias por compartir este mensaje.", "-"),
    ("Presente nunca pide nada a cambio.", "-"),
    ("If you know anything, please tell the authorities.", "-"),
    ("Lucero, te seguimos buscando.", "-"),
    ("Según la denuncia, fue privada de la libertad en Guadalajara.", "lugar"),
    ("La fiscalía informó que hombres armados se la llevaron.", "lugar"),
    ("According to the report, armed men took her in Guadalajara.", "lugar"),
    ("The complaint says she was threatened.", "lugar"),
    ("El equipo de rescate sigue buscando.", "lugar"),
    ("Fue vista por última vez en la avenida 16 de septiembre.", "lugar avenida"),
    ("Lucero was last seen in Guadalajara on May 18, 2021.", "nombre lugar fecha"),
]

STOPPED: list[tuple[str, str, str]] = [
    # money, accounts, ransom
    ("Hay una recompensa para quien ayude.", "lugar", "money"),
    ("Ofrecemos dinero por informes.", "lugar", "money"),
    ("Cualquier donativo ayuda a la búsqueda.", "-", "money"),
    ("Puede depositar en cualquier OXXO.", "-", "money"),
    ("There is a reward for information.", "lugar", "money"),
    ("Please donate to the search.", "-", "money"),
    ("Send Bitcoin to help.", "-", "money"),
    ("Necesitamos $ 500 para volantes.", "lugar", "money"),
    ("La CLABE está en la descripción.", "lugar", "account"),
    ("Su número de cuenta es 012 345 678.", "lugar", "account"),
    ("Tarjeta de débito a nombre de su madre.", "lugar", "account"),
    ("The bank account is below.", "lugar", "account"),
    ("4152 3136 0000 0000", "lugar", "account"),
    ("Piden pagar un rescate por ella.", "lugar", "ransom"),
    ("A cambio de su libertad, hagan lo que piden.", "lugar", "ransom"),
    ("They want a ransom.", "lugar", "ransom"),
    ("Do it in exchange for her life.", "lugar", "ransom"),
    # as if the person spoke from where they are
    ("Estoy viva.", "nombre", "proof-of-life"),
    ("Mamá, sigo viva y te extraño.", "nombre", "proof-of-life"),
    ("Me tienen en una casa.", "nombre", "proof-of-life"),
    ("Me van a matar.", "nombre", "proof-of-life"),
    ("Esta es una prueba de vida.", "nombre", "proof-of-life"),
    ("I am alive.", "nombre", "proof-of-life"),
    ("They are holding me.", "nombre", "proof-of-life"),
    ("She is being held at a ranch.", "nombre", "proof-of-life"),
    # telephones
    ("Llame al 33 1234 5678.", "contacto", "private-phone"),
    ("Llame al 33 1234 5678.", "telefono", "private-phone"),
    ("Mande un mensaje al +52 1 33 1234 5678.", "lugar", "private-phone"),
    ("Llame al (33) 1234-5678.", "lugar", "private-phone"),
    ("Marque 012.", "contacto", "private-phone"),
    ("Llame al tres tres, uno dos tres cuatro, cinco seis siete ocho.", "contacto", "private-phone"),
    ("Call three three one two three four.", "contact", "private-phone"),
    # elsewhere
    ("Escriba a lucero@ejemplo.mx.", "lugar", "email"),
    ("Escriba a buscando arroba gmail punto com.", "lugar", "email"),
    ("Siga la página www.ejemplo.mx hoy.", "lugar", "link"),
    ("Escríbanos a @buscando_a_lucero por mensaje.", "lugar", "link"),
    ("Vive en la calle Morelos 123.", "lugar", "address"),
    ("Avenida Juárez #45, colonia Centro.", "lugar", "address"),
    ("She lived at 45 Example Street.", "lugar", "address"),
    ("Código postal 44100.", "lugar", "address"),
    ("Su CURP es un dato suyo.", "nombre", "identity-number"),
    ("EEPL900101MJCJRC09", "nombre", "identity-number"),
    ("EEPL900101AB1", "nombre", "identity-number"),
    ("Iba en un auto con placas JKL-12-34.", "lugar", "plate"),
    ("The car's license plate was ABC123.", "lugar", "plate"),
    # accusations
    ("La secuestraron en Guadalajara.", "lugar", "allegation"),
    ("Se la llevaron hombres armados.", "lugar", "allegation"),
    ("Su expareja la amenazó.", "lugar", "allegation"),
    ("El cartel es responsable de su desaparición.", "lugar", "allegation"),
    ("Según la denuncia, la secuestraron.", "-", "allegation"),
    ("She was kidnapped in Guadalajara.", "lugar", "allegation"),
    ("He murdered her.", "nombre", "allegation"),
    # what a sentence rests on
    ("Buscamos a Lucero.", "", "uncited"),
    ("Fue vista en Tonalá.", "rumor", "unverified-fact"),
    ("Fue vista en la plaza.", "plaza", "unknown-fact"),
    ("Desapareció el 19 de mayo de 2021.", "fecha", "unsupported-number"),
    ("Tenía 17 años.", "lugar", "unsupported-number"),
    ("Hace 5 años que falta.", "-", "no-claim-with-number"),
    ("En una emergencia, llame al 911.", "-", "no-claim-with-number"),
    ("La vieron con Juan Pérez.", "-", "no-claim-with-name"),
    ("She was seen with John.", "-", "no-claim-with-name"),
    # disguises
    ("Ll\u200bame hoy.", "-", "hidden-characters"),
    ("Hay una r\u0435compensa.", "lugar", "hidden-characters"),
    ("Ｒｅｃｏｍｐｅｎｓａ para quien ayude.", "lugar", "money"),
    # speaking as the person
    ("Me llamo Lucero Ejemplo.", "nombre", "first-person-undeclared"),
    ("Desaparecí en Guadalajara.", "lugar", "first-person-undeclared"),
    ("My name is Lucero.", "nombre", "first-person-undeclared"),
]


def examine(text: str, keys: str, person: Person = Person.THIRD) -> dict[str, str]:
    """Codes found, with the words they point at."""
    script = ScriptText("es", person, ((text, tuple(keys.split())),))
    return {
        reason.code: text[reason.span.start : reason.span.end]
        for reason in guard.examine(script, KNOWN)
        if reason.span is not None
    }


@pytest.mark.parametrize(("text", "keys"), LET_THROUGH)
def test_let_through(text: str, keys: str) -> None:
    assert examine(text, keys) == {}


@pytest.mark.parametrize(("text", "keys", "code"), STOPPED)
def test_stopped_with_its_place(text: str, keys: str, code: str) -> None:
    found = examine(text, keys)
    assert code in found
    assert found[code] in text
    assert found[code]


def test_declared_first_person_may_speak_as_the_person() -> None:
    assert examine("Me llamo Lucero Ejemplo.", "nombre", Person.FIRST) == {}
    assert "proof-of-life" in examine("Estoy viva.", "nombre", Person.FIRST)


def test_the_place_is_where_the_words_stand() -> None:
    assert examine("Ayúdenos: hay una RECOMPENSA, según la ficha.", "lugar")["money"] == "RECOMPENSA"
    assert examine("¿Dónde está? Llame al 33 1234 5678.", "lugar")["private-phone"] == "33 1234 5678"


def test_reasons_name_the_sentence() -> None:
    script = ScriptText("es", Person.THIRD, (("Gracias.", ("-",)), ("Hay dinero.", ("lugar",))))
    (reason,) = guard.examine(script, KNOWN)
    assert "Sentence 2" in str(reason)


def test_an_allegation_is_one_attributed_or_not() -> None:
    assert guard.makes_allegation(ScriptText("es", Person.THIRD, (("Según la denuncia, la raptaron.", ()),)))
    assert not guard.makes_allegation(ScriptText("es", Person.THIRD, (("Gracias.", ("-",)),)))


def test_folding_keeps_every_place() -> None:
    for text in ("Ñandú ﬁn ½ İstanbul ß ＡＢＣ", "e\u0301 \u00a0 …"):
        assert len(guard.fold(text)) == len(text)
