"""The notice: an answer holds for the words that were shown, and for no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent import notice, records
from consent.archive import Archive
from consent.models import ConsentRow, NoticeRow
from consent.notice import Standing, current_notice, parse, standing
from tests.consent.story import VOLUNTEER, tell

FIRST = parse("es", "version: 1\n\nUno.\n")
SECOND = parse("es", "version: 2\n\nUno, mejor dicho.\n")
THIRD = parse("es", "version: 3; honours: 2\n\nOtra cosa.\n")


def test_versions() -> None:
    assert (FIRST.version, FIRST.honours, THIRD.version, THIRD.honours) == ("1", 1, "3", 2)
    for text in ("Sin versión", "version: dos", "version: 1; honours:"):
        with pytest.raises(ValueError, match="version"):
            parse("es", text)


def test_standing() -> None:
    assert standing(FIRST, FIRST) is Standing.HONOURED
    assert standing(FIRST, SECOND) is Standing.HONOURED
    assert standing(SECOND, THIRD) is Standing.HONOURED
    assert standing(FIRST, THIRD) is Standing.OUTDATED
    assert standing(SECOND, FIRST) is Standing.UNKNOWN
    assert standing(None, FIRST) is Standing.UNKNOWN
    reworded = parse("es", "version: 1\n\nDos.\n")
    assert standing(FIRST, reworded) is Standing.UNKNOWN
    assert standing(replace(FIRST, text=reworded.text), SECOND) is Standing.UNKNOWN


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_notices_that_come_with_the_program(language: str) -> None:
    shown = current_notice(language)
    assert standing(shown, shown) is Standing.HONOURED


def test_a_record_is_bound_to_the_words_that_were_shown(archive: Archive) -> None:
    """Somebody rewrites the notice behind a consent: the record names another digest, and is refused."""
    story = tell(archive)
    shown = records.find(archive, story.consent_id, actor=VOLUNTEER).notice_sha256
    with archive.reading() as session:
        assert notice.standing_of(session, shown) is Standing.HONOURED
        assert notice.standing_of(session, "0" * 64) is Standing.UNKNOWN
    with archive.writing() as work:
        forged = "f" * 64
        work.session.add(NoticeRow(sha256=forged, language="es", version="1", text="Otra cosa."))
        work.session.flush()
        work.session.get_one(ConsentRow, story.consent_id).notice_sha256 = forged
    assert story.codes() == {"notice-unknown"}
