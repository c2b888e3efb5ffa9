"""Everything a page needs to know about one case, read anew in every run; the pictures stay in the vault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import streamlit as st

from consent import cases, evidence, facts, gate, records, relatives
from consent.archive import Archive
from consent.cases import Case, CaseKind, ProtectionOrder
from consent.evidence import Evidence, EvidenceKind
from consent.facts import Fact
from consent.policy import Decision
from consent.records import VALID, Consent
from consent.relatives import Relative
from consent.terms import Channel
from portrait import desk
from portrait.desk import Material
from portrait.errors import N_
from portrait.i18n import _
from ui import session
from ui.motions import by_digest
from ui.show import DONE, EMPTY, STOPS, WAITS, Tone
from ui.wording import CONSENTS


class Step(StrEnum):
    """The seven steps, in the order in which they can be done: consent binds words and motion exactly."""

    PERSON = "persona"
    PHOTO = "fotografia"
    FACTS = "datos"
    SCRIPT = "guion"
    MOTION = "movimiento"
    PERMISSION = "permiso"
    REVIEW = "revision"


TITLES = {
    Step.PERSON: N_("Person"),
    Step.PHOTO: N_("Photograph"),
    Step.FACTS: N_("Verified facts"),
    Step.SCRIPT: N_("Script"),
    Step.MOTION: N_("Motion"),
    Step.PERMISSION: N_("The family's permission"),
    Step.REVIEW: N_("Review without video"),
}


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case as a page shows it. kept: the latest piece of evidence of each kind."""

    case: Case
    facts: tuple[Fact, ...]
    relatives: tuple[Relative, ...]
    consents: tuple[Consent, ...]
    kept: dict[EvidenceKind, Evidence]

    @property
    def id(self) -> str:
        """The case's identifier."""
        return self.case.id

    @property
    def demonstration(self) -> bool:
        """Whether nobody is missing in it."""
        return self.case.kind is CaseKind.DEMONSTRATION

    @property
    def consent(self) -> Consent | None:
        """The consent asked for last, on which the case stands."""
        return max(self.consents, key=lambda consent: consent.steps[-1].at, default=None)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What must be chosen before the gate can be asked at all (message ids)."""
        needed = {
            EvidenceKind.PHOTO: N_("The photograph is missing."),
            EvidenceKind.SCRIPT: N_("The script is missing."),
            EvidenceKind.MOTION: N_("The motion has not been chosen."),
        }
        return tuple(sentence for kind, sentence in needed.items() if kind not in self.kept)

    def state(self, step: Step) -> tuple[str, Tone]:
        """Return how far a step is: a translated word and its tone."""
        tell: Mapping[Step, Callable[[], tuple[str, Tone]]] = {
            Step.PERSON: self._person,
            Step.PHOTO: partial(self._chosen, EvidenceKind.PHOTO),
            Step.FACTS: self._facts,
            Step.SCRIPT: partial(self._chosen, EvidenceKind.SCRIPT),
            Step.MOTION: partial(self._chosen, EvidenceKind.MOTION),
            Step.PERMISSION: self._permission,
            Step.REVIEW: self._review,
        }
        return tell[step]()

    def _person(self) -> tuple[str, Tone]:
        if self.demonstration:
            return _("Demonstration"), DONE
        if self.case.protection_order is ProtectionOrder.UNCHECKED:
            return _("Waits for an answer"), WAITS
        clear = self.case.protection_order is ProtectionOrder.NONE
        return (_("Ready"), DONE) if clear else (_("Do not publish"), STOPS)

    def _chosen(self, kind: EvidenceKind) -> tuple[str, Tone]:
        return (_("Ready"), DONE) if kind in self.kept else (_("To do"), EMPTY)

    def _facts(self) -> tuple[str, Tone]:
        if not self.facts:
            return _("To do"), EMPTY
        verified = sum(fact.verified for fact in self.facts)
        word = _("{verified} of {all}", verified=verified, all=len(self.facts))
        return word, DONE if verified == len(self.facts) else WAITS

    def _permission(self) -> tuple[str, Tone]:
        if self.consent is None:
            return _("To do"), EMPTY
        state = self.consent.state_at(session.archive().clock())
        if state in VALID and not self.consent.verified:
            return _("Waits for two people"), WAITS
        word, tone = CONSENTS[state]
        return _(word), tone

    def _review(self) -> tuple[str, Tone]:
        if self.lacks or self.consent is None:
            return _("Later"), EMPTY
        answered = len(self.consent.steps) > 1
        return (_("Ready"), DONE) if answered else (_("Waits for the family"), WAITS)


def read_case(archive: Archive, case_id: str, *, actor: str) -> CaseFile:
    """Read a case; raises NotPermitted, NoSuch, Erased."""
    kept = evidence.list_evidence(archive, case_id, actor=actor)
    return CaseFile(
        case=cases.find(archive, case_id, actor=actor),
        facts=facts.list_facts(archive, case_id, actor=actor),
        relatives=relatives.list_relatives(archive, case_id, actor=actor),
        consents=records.list_consents(archive, case_id, actor=actor),
        kept={item.kind: item for item in kept},  # oldest first: the latest of a kind remains
    )


def material_of(file: CaseFile) -> Material:
    """Return photograph and script, read from the vault once a visit: every reading is an entry in the log.

    Raises what `portrait.desk.material_of` does.
    """
    key = tuple(file.kept[kind].id for kind in (EvidenceKind.PHOTO, EvidenceKind.SCRIPT))
    held = st.session_state.get("presente_material")
    if held is None or held[0] != key:
        material = desk.material_of(session.archive(), file.id, actor=session.actor())
        st.session_state["presente_material"] = held = (key, material)
    known: Material = held[1]
    return known


def ask_gate(file: CaseFile, channels: Iterable[Channel]) -> Decision:
    """Ask what the gate would say now about exactly what the case holds; logs nothing but the reading."""
    request = desk.request_for(
        file.id, material_of(file), by_digest(file.kept[EvidenceKind.MOTION]), channels, actor=session.actor()
    )
    return gate.evaluate(session.archive(), request)
