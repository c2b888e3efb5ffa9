"""Days as people write them; Streamlit's own calendar speaks English only."""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from portrait.errors import N_, StudioError
from portrait.i18n import _

FORMAT = "%d/%m/%Y"


class NotADay(StudioError):  # noqa: N818 - reads as what it is
    """Something that is not a day of the calendar."""

    problem = N_("“{written}” is not a day.")
    remedy = N_("Write day, month and year, like 18/05/2021.")


def ask(label: str) -> str:
    """Ask for a day; `label` is translated already. Returns what was written."""
    return st.text_input(label, placeholder=_("DD/MM/YYYY"), max_chars=10)


def read(written: str) -> date | None:
    """Return the day that was written, None for nothing; raises NotADay."""
    return require(written) if written.strip() else None


def require(written: str) -> date:
    """Return the day that was written; raises NotADay."""
    try:
        return datetime.strptime(written.strip(), FORMAT).date()
    except ValueError:
        raise NotADay(written=written) from None
