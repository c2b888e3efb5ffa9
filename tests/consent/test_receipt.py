"""Receipts: they follow their schema, tell the record again, and can be printed in the family's language."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest

from consent import cases, records, relatives, viewers
from consent.archive import Archive
from consent.canonical import encode
from consent.cases import ChildOpinion
from consent.receipt import receipt, schema, terms_of
from consent.receipt_pdf import as_pdf
from consent.receipt_words import WORDS
from consent.records import Method, State
from consent.relatives import Relationship
from consent.terms import Channel, Scope
from tests.consent.story import (
    COORDINATOR,
    SECOND,
    THIRD,
    VOLUNTEER,
    Story,
    ask,
    new_consent,
    new_relative,
    tell,
    usual_terms,
)

CHECK = jsonschema.Draft202012Validator(schema())


def of(story: Story, consent_id: str | None = None) -> dict[str, Any]:
    return receipt(story.archive, consent_id or story.consent_id, actor=VOLUNTEER)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_word_of_a_record_is_known_to_the_schema_and_to_the_printer() -> None:
    parts = schema()["properties"]
    properties, parties = parts["processing"]["properties"], parts["parties"]
    kinds = parties["properties"]["grantor"]["properties"]["relationship"]["enum"]
    states = parts["events"]["items"]["properties"]["event_state"]["enum"]
    grantable = {scope.value for scope in Scope} - {Scope.VOICE_LIKENESS.value}
    assert set(properties["scopes"]["items"]["enum"]) == grantable
    assert set(properties["channels"]["items"]["enum"]) == {channel.value for channel in Channel}
    assert set(properties["collection_method"]["enum"]) == {method.value for method in Method}
    assert set(kinds) == {relationship.value for relationship in Relationship}
    assert set(states) == {state.value for state in State}
    for words in WORDS.values():
        assert set(words.scopes) == grantable
        assert set(words.channel) == {channel.value for channel in Channel}
        assert set(words.methods) == {method.value for method in Method}
        assert set(words.relationships) == set(kinds)
        assert set(words.states) == set(states)
        assert set(words.opinions) == {None, *(opinion.value for opinion in ChildOpinion)}


def test_a_receipt_follows_the_schema_and_holds_the_terms(archive: Archive) -> None:
    story = tell(archive)
    given = of(story)
    CHECK.validate(given)
    again = json.loads(encode(given))
    assert again == given
    assert terms_of(again) == records.find(archive, story.consent_id, actor=VOLUNTEER).terms == usual_terms()
    until = archive.clock() + timedelta(days=900)
    records.renew(archive, story.consent_id, expires_at=until, erase_at=until, actor=VOLUNTEER)
    records.withdraw(archive, story.consent_id, actor=VOLUNTEER)
    ended = of(story)
    CHECK.validate(ended)
    assert [event["event_state"] for event in ended["events"]] == [
        "Requested",
        "Given",
        "RenewedGiven",
        "Withdrawn",
    ]


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("header", "schema_version", "another"),
        ("processing", "scopes", ["voice_likeness"]),
        ("processing", "photo_sha256", "no digest"),
        ("processing", "valid_until", "mañana"),
        ("parties", "verified_by", ["Una Persona Con Nombre"]),
        ("parties", "ssn", "1"),
    ],
)
def test_the_schema_refuses_what_is_no_receipt(archive: Archive, part: str, name: str, value: object) -> None:
    given = of(tell(archive))
    given[part][name] = value
    with pytest.raises(jsonschema.ValidationError):
        CHECK.validate(given)


def test_who_speaks_for_a_child_and_what_the_child_said(archive: Archive) -> None:
    story = tell(archive, born=date(2012, 1, 1))
    assert of(story)["parties"]["child"] == {"opinion": None, "approved_by": None}
    cases.approve_minor(archive, story.case_id, actor=COORDINATOR, child_opinion=ChildOpinion.AGREES)
    lawyer = new_relative(archive, story.case_id, Relationship.LEGAL_REPRESENTATIVE)
    speaks = {
        of(story, consent)["parties"]["grantor"]["acts_as"]
        for consent in (story.consent_id, new_consent(archive, story.case_id, lawyer))
    }
    assert speaks == {"guardian", "legal-representative"}
    assert of(story)["parties"]["child"] == {"opinion": "agrees", "approved_by": COORDINATOR}
    CHECK.validate(of(story))
    assert story.codes() == set()
    cases.approve_minor(archive, story.case_id, actor=COORDINATOR, child_opinion=ChildOpinion.DISAGREES)
    assert story.codes() == {"minor-objects"}


def test_who_looks_in_the_grantors_place_stands_by_handle(archive: Archive) -> None:
    story = tell(archive)
    viewers.name(
        archive, story.case_id, story.relative_id, "amiga", password="una frase larga", actor=VOLUNTEER
    )
    assert of(story)["parties"]["viewers"] == ["amiga"]
    CHECK.validate(of(story))
    viewers.withdraw(archive, "amiga", actor=VOLUNTEER)
    assert of(story)["parties"]["viewers"] == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_printed_receipt_is_in_the_language_of_the_notice(archive: Archive, language: str) -> None:
    story = tell(archive)
    given = of(story)
    given["processing"]["privacy_notice"]["language"] = language
    printed = as_pdf(given)
    assert printed.startswith(b"%PDF-")
    assert printed == as_pdf(given)
    assert f"/Lang ({language})".encode() in printed
    assert b"AtkinsonHyperlegible" in printed
    assert printed.count(b"/Type /Page\n") == 1


def test_anything_a_person_can_be_called_can_be_printed(archive: Archive) -> None:
    story = tell(archive)
    odd = relatives.add_relative(
        archive, story.case_id, "<b>Ñandú</b> & 'Co' -- " + "á" * 170, Relationship.SIBLING, actor=VOLUNTEER
    )
    for verifier in (SECOND, THIRD):
        relatives.verify_relative(archive, story.case_id, odd.id, actor=verifier)
    consent = ask(archive, story.case_id, odd.id)
    given = of(story, consent.id)
    CHECK.validate(given)
    assert as_pdf(given).startswith(b"%PDF-")
