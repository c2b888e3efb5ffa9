"""Reasons and errors as people meet them: each with a name of its own, and words in both languages."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import consent
from consent import errors, reasons
from consent.errors import ArchiveError, Refused
from consent.reasons import ReasonKind, Span
from portrait.i18n import explain, use_language
from tests.consent.test_guard import STOPPED
from tests.consent.test_rules import REFUSED

PACKAGE = Path(consent.__file__).parent
KINDS = [
    *(kind for kind in vars(reasons).values() if isinstance(kind, ReasonKind)),
    *reasons.SCOPE_MISSING.values(),
]
OF_A_CLEARANCE = {  # shown in test_gate
    "forged",
    "overdue",
    "from-the-future",
    "used",
    "other-purpose",
    "other-input",
    "not-rendering",
}
DETAILS = {"scope": "press", "channel": "x", "video_language": "en", "key": "lugar"}


def test_codes_are_unique_and_every_reason_is_met_in_a_test() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    met = OF_A_CLEARANCE | {code for sentence in STOPPED for code in sentence.codes}
    met |= {code for _, codes_of_case in REFUSED.values() for code in codes_of_case}
    assert met == set(codes)


def test_every_reason_explains_itself_in_both_languages() -> None:
    for kind in KINDS:
        span = Span(0, 0, 1) if "{sentence}" in kind.problem else None
        reason = kind(span=span, **DETAILS)
        use_language("en")
        assert explain(reason) == (kind.problem.format(**reason.details), kind.remedy)
        use_language("es")
        for english, spanish in zip((kind.problem, kind.remedy), explain(reason), strict=True):
            assert spanish
            assert spanish != english.format(**reason.details)


def test_a_refusal_lists_every_reason_and_its_own_words_only_name_codes() -> None:
    refused = Refused([reasons.NO_CONSENT(), reasons.MONEY(span=Span(1, 0, 3))])
    assert [reason.code for reason in refused.reasons] == ["no-consent", "money"]
    assert "no-consent, money" in str(refused)


def test_errors_form_one_tree_and_name_their_details() -> None:
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, ArchiveError) and error is not Refused:
            names = {name for _, name, _, _ in string.Formatter().parse(error.problem) if name}
            assert str(error(**dict.fromkeys(names, "x")))


def test_every_kind_that_an_error_names_has_a_translation() -> None:
    named = {
        keyword.value.value
        for path in PACKAGE.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Raise) and isinstance(call.exc, ast.Call)
        for keyword in call.exc.keywords
        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
    }
    assert named == set(errors.KINDS)
