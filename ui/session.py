"""Who is at the desk, in which language, and the archive behind it.

The handle lives in the server's memory, in the session of one browser tab; nothing is kept in a cookie.
"""

from __future__ import annotations

import streamlit as st

from consent import accounts
from consent.accounts import Account
from consent.archive import Archive, open_archive
from portrait.i18n import LANGUAGES, use_language
from portrait.settings import Settings

_ACTOR, _LANGUAGE = "presente_actor", "presente_language"


def begin() -> None:
    """Speak the visitor's language; call it first in every run, since each has a context of its own."""
    use_language(language())


def language() -> str:
    """Return the language this visitor chose, else the machine's."""
    chosen: str | None = st.session_state.get(_LANGUAGE)
    return chosen if chosen in LANGUAGES else Settings().language


def choose_language(chosen: str) -> None:
    """Change the language from now on."""
    st.session_state[_LANGUAGE] = chosen


def archive() -> Archive:
    """Return the archive of this machine's settings, opened once for all visitors."""
    settings = Settings()
    return _opened(str(settings.home), settings.database)


def log_in(handle: str, password: str) -> None:
    """Let somebody in; raises NotPermitted."""
    st.session_state[_ACTOR] = accounts.authenticate(archive(), handle, password).handle


def log_out() -> None:
    """Forget who was here, and everything they looked at."""
    kept = language()
    st.session_state.clear()
    choose_language(kept)


def account() -> Account | None:
    """Return the account of whoever is logged in; None when nobody is, or when it was closed since."""
    handle = st.session_state.get(_ACTOR)
    if handle is None:
        return None
    found = accounts.find(archive(), handle)
    if not found.active:
        log_out()
        return None
    return found


def actor() -> str:
    """Return the handle of whoever is logged in; screens that need one are shown to nobody else."""
    return str(st.session_state[_ACTOR])


@st.cache_resource(show_spinner=False)
def _opened(home: str, database: str | None) -> Archive:
    settings = Settings()
    return open_archive(settings.home, url=database, passphrase=settings.passphrase)
