"""How well the script guard tells what may be said: precision and recall, rule by rule.

Two sets are told apart: `held_out` was written first and left alone while the rules were worked on;
`worked` is what they were worked on with. A sentence counts once for every rule:

    found       the rule has to object and does
    missed      it has to object and does not
    mistaken    it objects to what may be said

`stopped` looks at the answer as a whole: is a script with this sentence refused, for whatever reason?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bench.machine import report
from tests.consent.sentences import Sentence, corpus, examine, known

COUNTS = ("found", "missed", "mistaken")


def main() -> None:
    sentences = corpus()
    report("guard", {name: score(part) for name, part in sorted(_sets(sentences).items())})


def score(sentences: Iterable[Sentence]) -> dict[str, object]:
    """Precision and recall over some sentences, by rule and overall, and what went wrong."""
    about = known()
    rules: dict[str, Counter[str]] = {}
    stopped: Counter[str] = Counter()
    wrong: list[dict[str, object]] = []
    for sentence in sentences:
        given = frozenset(reason.code for reason in examine(sentence, about))
        outcomes = _outcomes(sentence, given)
        for code, outcome in outcomes.items():
            rules.setdefault(code, Counter())[outcome] += 1
        stopped[_whole(sentence, given)] += 1
        off = {code: outcome for code, outcome in outcomes.items() if outcome != "found"}
        if off:
            wrong.append({"say": sentence.say, **off})
    every = sum(rules.values(), Counter())
    return {
        "sentences": stopped.total(),
        "stopped": _ratios(stopped),
        "overall": _ratios(every),
        "rules": {code: _ratios(counts) for code, counts in sorted(rules.items())},
        "wrong": wrong,
    }


def _sets(sentences: Iterable[Sentence]) -> dict[str, list[Sentence]]:
    sets: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        kind = "held out" if sentence.held_out else "worked"
        for name in (kind, f"{kind}, {sentence.language}"):
            sets.setdefault(name, []).append(sentence)
    return sets


def _outcomes(sentence: Sentence, given: frozenset[str]) -> dict[str, str]:
    return {
        **dict.fromkeys(sentence.codes & given, "found"),
        **dict.fromkeys(sentence.codes - given, "missed"),
        **dict.fromkeys(given - sentence.codes - sentence.may, "mistaken"),
    }


def _whole(sentence: Sentence, given: frozenset[str]) -> str:
    if sentence.codes:
        return "found" if given else "missed"
    return "mistaken" if given - sentence.may else "let through"


def _ratios(counts: Counter[str]) -> dict[str, object]:
    found, missed, mistaken = (counts[name] for name in COUNTS)
    return {
        **{name: counts[name] for name in COUNTS},
        "precision": round(found / (found + mistaken), 3) if found + mistaken else None,
        "recall": round(found / (found + missed), 3) if found + missed else None,
    }


if __name__ == "__main__":
    main()
