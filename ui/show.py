"""How the desk speaks: states with word, icon and colour; errors and reasons in plain sentences.

Whatever people typed is shown through `plain` or `st.text`: it is never read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import streamlit as st

from consent.errors import ArchiveError, Refused
from portrait.errors import N_, StudioError
from portrait.i18n import _, explain
from watermark.errors import SealError

TROUBLE = (StudioError, ArchiveError, SealError)
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Tone:
    """The icon and the colour of a word; never shown without the word."""

    icon: str
    colour: str


DONE = Tone("check_circle", "green")
WAITS = Tone("hourglass_empty", "orange")
EMPTY = Tone("radio_button_unchecked", "gray")
STOPS = Tone("block", "orange")
DANGER = Tone("warning", "red")
QUIET = Tone("info", "violet")


def plain(text: str) -> str:
    """Return `text` so that Markdown shows it letter by letter."""
    return _PUNCTUATION.sub(r"\\\1", text)


def state(word: str, tone: Tone) -> None:
    """Show a state: icon and word in their colour. `word` is translated already."""
    st.markdown(f":{tone.colour}[:material/{tone.icon}: {plain(word)}]")


def say(sentence: str, tone: Tone, *more: str) -> None:
    """Show a framed sentence, with quieter ones below it; all are translated already."""
    with st.container(border=True):
        st.markdown(f":{tone.colour}[:material/{tone.icon}:] **{plain(sentence)}**")
        for line in more:
            if line:
                st.markdown(plain(line))


class Explained(Protocol):
    """Anything that says what happened and what to do next: an error, a reason, a worker's sentence."""

    @property
    def problem(self) -> str:
        """Message id of what happened."""

    @property
    def remedy(self) -> str:
        """Message id of what to do next."""

    @property
    def details(self) -> Mapping[str, object]:
        """What fills the named fields of both."""


def told(trouble: Explained) -> None:
    """Show what happened and what to do next; of a refusal, every reason."""
    if isinstance(trouble, Refused):
        reasons(trouble.reasons)
    else:
        problem, remedy = explain(trouble)
        say(problem, QUIET, remedy)


def reasons(against: Iterable[Explained]) -> None:
    """Show every reason why there is no video yet, each with its way on; the same one once."""
    st.markdown(f"**{_(NOT_YET)}**")
    for problem, remedy in dict.fromkeys(explain(reason) for reason in against):
        with st.container(gap=None):
            st.markdown(f":orange[:material/radio_button_unchecked:] {plain(problem)}")
            st.caption(plain(remedy))


@contextmanager
def telling() -> Iterator[None]:
    """Run a block; an error of the domain is told where the block stands instead of ending the page."""
    try:
        yield
    except TROUBLE as error:
        told(error)


def note_for_next_run(sentence: str) -> None:
    """Keep a translated sentence to be shown once, above the next page."""
    st.session_state["presente_note"] = sentence


def noted() -> None:
    """Show the sentence kept for this run, if any."""
    sentence = st.session_state.pop("presente_note", None)
    if sentence:
        say(sentence, DONE)


NOT_YET = N_("The video cannot be made yet:")
