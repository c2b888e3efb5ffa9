"""What nobody should type, in every field there is: kept as it is or refused, never run, nothing lost."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from sqlalchemy import inspect

from consent import (
    accounts,
    audit,
    cases,
    contacts,
    evidence,
    facts,
    links,
    records,
    recovery,
    relatives,
    sessions,
    viewers,
)
from consent.accounts import Role
from consent.archive import Archive
from consent.errors import ArchiveError, BadValue
from consent.evidence import EvidenceKind
from consent.relatives import Outcome, Relationship
from tests.consent.story import COORDINATOR, VOLUNTEER, Story, tell
from tests.consent.test_accounts import PASSWORD

HOSTILE = {
    "sql": "'; DROP TABLE cases; --",
    "sql-union": '" UNION SELECT password_hash FROM accounts --',
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "format": "{0.__class__.__mro__} %s %(x)s ${HOME} $(id) `id`",
    "path": "../../../../etc/passwd",
    "right-to-left": "\u202egnp.exe",
    "combining": "e\u0301" * 40,
    "wildcards": "%_\\",
    "nul": "a\0b",
    "surrogate": "a\ud800b",
    "control": "a\x1b[2Jb\r",
    "5 MB": "x" * 5_000_000,
    "5 MB of accents": "\u0301" * 2_500_000,
    "empty": "",
    "blank": " \t\n ",
}
Field = Callable[[Story, str], str | None]  # writes a text and reads it back; None: it was only looked for


def _fact(story: Story, key: str, value: str, source: str) -> facts.Fact:
    return facts.add_fact(story.archive, story.case_id, key, value, source=source, actor=VOLUNTEER)


def _fact_again(story: Story, key: str) -> facts.Fact:
    found = facts.list_facts(story.archive, story.case_id, actor=VOLUNTEER)
    return next(fact for fact in found if fact.key == key)


def fact_value(story: Story, text: str) -> str:
    _fact(story, "ropa", text, "Ficha oficial")
    return _fact_again(story, "ropa").value


def fact_source(story: Story, text: str) -> str:
    _fact(story, "ropa", "Playera azul", text)
    return _fact_again(story, "ropa").source


def fact_key(story: Story, text: str) -> str:
    return _fact(story, text, "Playera azul", "Ficha oficial").key


def relative_name(story: Story, text: str) -> str:
    made = relatives.add_relative(story.archive, story.case_id, text, Relationship.FATHER, actor=VOLUNTEER)
    found = relatives.list_relatives(story.archive, story.case_id, actor=VOLUNTEER)
    return next(relative.name for relative in found if relative.id == made.id)


def objection_words(story: Story, text: str) -> str:
    made = relatives.object_to(story.archive, story.case_id, story.relative_id, text, actor=VOLUNTEER)
    found = relatives.list_objections(story.archive, story.case_id, actor=VOLUNTEER)
    return next(objection.words for objection in found if objection.id == made.id)


def settling_reason(story: Story, text: str) -> None:
    made = relatives.object_to(story.archive, story.case_id, story.relative_id, "No.", actor=VOLUNTEER)
    relatives.settle_objection(
        story.archive, story.case_id, made.id, Outcome.LIFTED, reason=text, actor=COORDINATOR
    )


def contact_line(field: str) -> Field:
    def write(story: Story, text: str) -> str:
        said = {"institution": "Comisión", "number": "800 028 7783", "source": "Sitio oficial", field: text}
        line = contacts.add_line(
            story.archive,
            said["institution"],
            said["number"],
            source=said["source"],
            checked_on=story.archive.clock().date(),
            actor=VOLUNTEER,
        )
        found = next(one for one in contacts.list_lines(story.archive, actor=VOLUNTEER) if one.id == line.id)
        return str(getattr(found, field))

    return write


def media_type(story: Story, text: str) -> str:
    return evidence.store(
        story.archive, story.case_id, EvidenceKind.OTHER, b"x", media_type=text, actor=VOLUNTEER
    ).media_type


def new_handle(story: Story, text: str) -> str:
    return accounts.create(story.archive, text, Role.VOLUNTEER, actor=COORDINATOR).handle


def viewer_handle(story: Story, text: str) -> str:
    return viewers.name(
        story.archive, story.case_id, story.relative_id, text, password=PASSWORD, actor=VOLUNTEER
    ).handle


WRITTEN: dict[str, Field] = {
    "value of a fact": fact_value,
    "source of a fact": fact_source,
    "key of a fact": fact_key,
    "name of a relative": relative_name,
    "words of an objection": objection_words,
    "reason of a settling": settling_reason,
    "institution of a line": contact_line("institution"),
    "number of a line": contact_line("number"),
    "source of a line": contact_line("source"),
    "type of a file": media_type,
    "handle of an account": new_handle,
    "handle of a viewer": viewer_handle,
}
LOOKED_UP: dict[str, Field] = {
    "actor": lambda s, text: facts.list_facts(s.archive, s.case_id, actor=text) and None,
    "case": lambda s, text: cases.find(s.archive, text, actor=VOLUNTEER) and None,
    "case of a fact": lambda s, text: (
        facts.add_fact(s.archive, text, "ropa", "x", source="x", actor=VOLUNTEER) and None
    ),
    "case of a link": lambda s, text: (
        links.issue(s.archive, text, s.relative_id, s.consent_id, hours=1, actor=VOLUNTEER) and None
    ),
    "relative of a link": lambda s, text: (
        links.issue(s.archive, s.case_id, text, s.consent_id, hours=1, actor=VOLUNTEER) and None
    ),
    "consent of a link": lambda s, text: (
        links.issue(s.archive, s.case_id, s.relative_id, text, hours=1, actor=VOLUNTEER) and None
    ),
    "consent": lambda s, text: records.withdraw(s.archive, text, actor=VOLUNTEER) and None,
    "evidence": lambda s, text: evidence.read(s.archive, text, actor=VOLUNTEER) and None,
    "relative": lambda s, text: (
        relatives.verify_relative(s.archive, s.case_id, text, actor=VOLUNTEER) and None
    ),
    "contact line": lambda s, text: contacts.verify_line(s.archive, text, actor=VOLUNTEER) and None,
    "account to close": lambda s, text: accounts.revoke(s.archive, text, actor=COORDINATOR),
    "account to log in": lambda s, text: accounts.authenticate(s.archive, text, text) and None,
    "account to recover": lambda s, text: recovery.begin(s.archive, text, actor=COORDINATOR) and None,
    "word of a recovery": lambda s, text: recovery.finish(s.archive, text, PASSWORD) and None,
    "token of a session": lambda s, text: sessions.resume(s.archive, text) and None,
    "token of a link": lambda s, text: links.redeem(s.archive, text, client=text) and None,
    "session": lambda s, text: sessions.revoke(s.archive, text, actor=COORDINATOR),
    "link": lambda s, text: links.revoke(s.archive, text, actor=COORDINATOR) and None,
    "viewer": lambda s, text: viewers.withdraw(s.archive, text, actor=VOLUNTEER) and None,
}


def state_of(archive: Archive) -> tuple[int, tuple[str, ...], int]:
    """How long the log is, which tables there are, how many people."""
    report = audit.verify(archive)
    assert report.sound
    with archive.reading() as session:
        tables = tuple(sorted(inspect(session.connection()).get_table_names()))
    return report.size, tables, len(accounts.list_all(archive))


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_a_text_is_kept_as_it_is_or_refused(archive: Archive, write: Field) -> None:
    story = tell(archive)
    for name, text in HOSTILE.items():
        size, tables, people = state_of(archive)
        try:
            kept = write(story, text)
        except BadValue:
            kept = None
        else:
            assert name not in {"nul", "surrogate", "control", "5 MB", "5 MB of accents", "empty", "blank"}
            assert kept in {None, unicodedata.normalize("NFC", text).strip()}
        after = state_of(archive)
        assert (after[1], after[2]) == (tables, people)
        assert after[0] == size or write is settling_reason or kept is not None


@pytest.mark.parametrize("look_up", LOOKED_UP.values(), ids=LOOKED_UP)
def test_what_is_looked_up_under_it_is_not_there(archive: Archive, look_up: Field) -> None:
    story = tell(archive)
    _, tables, people = state_of(archive)
    for text in HOSTILE.values():
        with pytest.raises(ArchiveError):
            look_up(story, text)
    assert state_of(archive)[1:] == (tables, people)
