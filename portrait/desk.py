"""Between the archive and the studio: a case's material as the studio's types, and what to ask the gate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import phonenumbers

from consent import cases, contacts, evidence, facts, guard
from consent.archive import Archive
from consent.cases import CaseKind
from consent.clearance import ClearanceRequest, ScriptText
from consent.evidence import EvidenceKind
from consent.terms import Channel, Scope
from portrait.compose.closing import ClosingCard
from portrait.errors import N_, MediaError, ScriptError
from portrait.i18n import in_language
from portrait.photo import media_type_of, open_photo
from portrait.reference import Reference
from portrait.script import LONGEST, parse_script
from portrait.types import Language, Person, Photo, Script

HOW_TO_VERIFY = N_("Check this video with Presente before you share it.")
HOW_TO_TRY = N_("This is a demonstration. Check it with: presente verify")
_CALLED = {EvidenceKind.PHOTO: N_("photograph"), EvidenceKind.SCRIPT: N_("script")}
MOST_SCRIPT_BYTES = 8 * LONGEST  # UTF-8, with room for markup


class NothingKept(MediaError):  # noqa: N818 - reads as what it is
    """The case lacks the photograph or the script."""

    problem = N_("The case has no {kind} yet.")
    remedy = N_("Keep one first with `presente case {command} CASE FILE`.")


class NoContactLine(MediaError):  # noqa: N818
    """No official line may be given out at present."""

    problem = N_("The directory has no official contact line that two people verified lately.")
    remedy = N_("Enter one with `presente contact add` and have two people verify it.")


class NotText(ScriptError):  # noqa: N818
    """A script file that is not UTF-8 text."""

    problem = N_("The script “{name}” is not a text file.")
    remedy = N_("Save it as plain text (UTF-8) and try again.")


@dataclass(frozen=True, slots=True)
class Material:
    """The latest photograph and script kept in a case."""

    photo: Photo
    photo_media_type: str
    script: Script

    @property
    def script_text(self) -> ScriptText:
        """The script as the guard reads and consent binds it."""
        sentences = tuple((sentence.text, sentence.facts) for sentence in self.script.sentences)
        return ScriptText(self.script.language.value, self.script.person.value, sentences)

    @property
    def scopes(self) -> frozenset[Scope]:
        """What a speaking portrait of this material does, and therefore needs a yes to."""
        speaker = Scope.FIRST_PERSON if self.script.person is Person.FIRST else Scope.NARRATION
        allegations = {Scope.ALLEGATIONS} if guard.makes_allegation(self.script_text) else set()
        return frozenset({Scope.HEAD_MOTION, Scope.LIP_MOVEMENT, speaker}) | allegations


def read_script(path: Path) -> str:
    """Return the text of a script file, as far as any script goes; raises NotText."""
    try:
        with path.open("rb") as handle:
            return handle.read(MOST_SCRIPT_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NotText(name=path.name) from error


def material_of(archive: Archive, case_id: str, *, actor: str) -> Material:
    """Return what the case is to be made from. Raises NothingKept, NotPermitted, PhotoError, ScriptError."""
    original = _latest(archive, case_id, EvidenceKind.PHOTO, actor=actor)
    script = _latest(archive, case_id, EvidenceKind.SCRIPT, actor=actor)
    return Material(open_photo(original), media_type_of(original), parse_script(script.decode()))


def closing_card(archive: Archive, case_id: str, language: Language, *, actor: str) -> ClosingCard:
    """Return the closing card: of a missing person's video, the official line and the verified folio.

    Raises NoContactLine, NotPermitted.
    """
    if cases.find(archive, case_id, actor=actor).kind is CaseKind.DEMONSTRATION:
        return demonstration_card(language)
    today = archive.clock().date()
    line = next((line for line in contacts.directory(archive) if line.usable(today)), None)
    if line is None:
        raise NoContactLine
    known = {fact.key: fact for fact in facts.list_facts(archive, case_id, actor=actor) if fact.verified}
    return ClosingCard(
        language=language,
        contact=f"{line.institution} · {_as_dialled(line.number)}",
        folio=known[facts.FOLIO].value if facts.FOLIO in known else None,
        verify=in_language(language, HOW_TO_VERIFY),
    )


def demonstration_card(language: Language) -> ClosingCard:
    """Return the closing card of a demonstration, which names no line to call: nobody is missing."""
    return ClosingCard(
        language=language, collective="Presente", verify=in_language(language, HOW_TO_TRY), seconds=4.0
    )


def request_for(
    case_id: str, material: Material, reference: Reference, channels: Iterable[Channel], *, actor: str
) -> ClearanceRequest:
    """Put together what the gate is asked: these words, this photo, this motion, these channels."""
    return ClearanceRequest(
        case_id=case_id,
        photo_sha256=material.photo.sha256,
        script=material.script_text,
        motion_sha256=reference.sha256,
        scopes=material.scopes,
        channels=frozenset(channels),
        languages=frozenset({material.script.language.value}),
        requested_by=actor,
    )


def _as_dialled(number: str) -> str:
    """Return an E.164 number as people in the country dial it; short ones as they are."""
    if not number.startswith("+"):
        return number
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def _latest(archive: Archive, case_id: str, kind: EvidenceKind, *, actor: str) -> bytes:
    kept = [item for item in evidence.list_evidence(archive, case_id, actor=actor) if item.kind is kind]
    if not kept:
        raise NothingKept(kind=_CALLED[kind], command=kind.value)
    newest = max(kept, key=lambda item: item.stored_at)
    return evidence.read(archive, newest.id, actor=actor)
