"""The corpus of the script guard: sentences of our own about one made-up case (see `corpus/`).

Each line of a file says what is said, which facts it cites, the codes the guard has to give (none: it may
be said), and codes it may give besides without being wrong.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from consent import guard
from consent.clearance import Person, ScriptText
from consent.facts import Fact
from consent.guard import Known
from consent.reasons import Reason

CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One example. codes: what the guard must say; may: what it may say as well."""

    say: str
    cites: tuple[str, ...]
    codes: frozenset[str]
    may: frozenset[str]
    language: str
    held_out: bool


def corpus() -> tuple[Sentence, ...]:
    """Every example, file by file."""
    return tuple(
        sentence for path in sorted(CORPUS.glob("*_[a-z][a-z].toml")) for sentence in _sentences_of(path)
    )


def known() -> Known:
    """What the made-up case knows."""
    case = _read(CORPUS / "case.toml")
    facts = {
        key: _fact(key, value, ("vol-dos",) if key in case["rumours"] else ("vol-dos", "vol-tres"))
        for key, value in case["facts"].items()
    }
    return Known(facts, frozenset(case["numbers"]), tuple(case["institutions"]))


def examine(sentence: Sentence, about: Known, person: Person = Person.THIRD) -> tuple[Reason, ...]:
    """What the guard says about one sentence."""
    return guard.examine(ScriptText(sentence.language, person, ((sentence.say, sentence.cites),)), about)


def _sentences_of(path: Path) -> tuple[Sentence, ...]:
    file = _read(path)
    return tuple(
        Sentence(
            say=line["say"],
            cites=tuple(line["cites"].split()),
            codes=frozenset(line.get("codes", ())),
            may=frozenset(line.get("may", ())),
            language=file["language"],
            held_out=file["held_out"],
        )
        for line in file["sentences"]
    )


def _read(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _fact(key: str, value: str, verified_by: tuple[str, ...]) -> Fact:
    return Fact(f"fact-{key}", key, value, "Ficha oficial", "vol-uno", NOW, verified_by)
