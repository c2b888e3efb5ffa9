"""The consent receipt on paper: what `consent.receipt` says, in the language of the notice, to keep.

Letter paper, one readable typeface (Atkinson Hyperlegible, made for low vision), no seal and no picture:
it must not look like an official document, nor show the person whom it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import LETTER  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.units import mm  # type: ignore[import-untyped]
from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
from reportlab.platypus import (  # type: ignore[import-untyped]
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from consent.receipt_words import WORDS, Words

FONTS = Path(__file__).parent / "assets" / "fonts"
_REGULAR, _BOLD = "AtkinsonHyperlegible-Regular", "AtkinsonHyperlegible-Bold"
_INK, _GREY, _LINE = HexColor("#1f1b16"), HexColor("#5c554c"), HexColor("#c9c1b6")
_TITLE = ParagraphStyle("title", fontName=_BOLD, fontSize=20, leading=25, textColor=_INK, spaceAfter=3 * mm)
_HEAD = ParagraphStyle("head", fontName=_BOLD, fontSize=12, leading=16, textColor=_INK, spaceBefore=3.5 * mm)
_BODY = ParagraphStyle("body", fontName=_REGULAR, fontSize=10.5, leading=14, textColor=_INK)
_LABEL = ParagraphStyle("label", parent=_BODY, textColor=_GREY)
_SMALL = ParagraphStyle("small", parent=_BODY, fontSize=8.5, leading=11.5, textColor=_GREY)
_MARGIN = 18 * mm
_COLUMN = 48 * mm

Rows = Sequence[tuple[str, str]]


def as_pdf(receipt: Mapping[str, Any]) -> bytes:
    """Lay out a receipt of `consent.receipt.receipt`; the same receipt gives the same bytes."""
    for name in (_REGULAR, _BOLD):
        if name not in getRegisteredFontNames():
            registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    language = receipt["processing"]["privacy_notice"]["language"]
    words = WORDS[language]
    target = BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=LETTER,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=words.title,
        author="Presente",
        lang=language,
        invariant=True,
    )
    document.build(list(_story(receipt, words)))
    return target.getvalue()


def _story(receipt: Mapping[str, Any], words: Words) -> Iterator[Flowable]:
    processing, parties = receipt["processing"], receipt["parties"]
    yield Paragraph(escape(words.title), _TITLE)
    yield Paragraph(escape(words.keep_it), _BODY)
    yield from _section(words.who, _people(receipt, words))
    yield from _section(words.allowed, [(words.scopes[scope], "") for scope in processing["scopes"]])
    yield from _section(
        words.where,
        [
            (words.channels, ", ".join(words.channel[name] for name in processing["channels"])),
            (words.languages, ", ".join(words.language[name] for name in processing["languages"])),
            (words.territory, ", ".join(words.world.get(name, name) for name in processing["territory"])),
        ],
    )
    yield from _section(
        words.until_when,
        [
            (words.valid_until, words.day(_moment(processing["valid_until"]))),
            (words.erased_by, words.day(_moment(processing["erased_by"]))),
        ],
    )
    yield KeepTogether(
        [
            Paragraph(escape(words.how_to_withdraw), _HEAD),
            Spacer(0, 1.5 * mm),
            Paragraph(escape(processing["withdrawal_method"]), _BODY),
        ]
    )
    yield from _section(words.steps, _steps(receipt, words))
    yield from _section(words.bound_to, _digests(processing, words), style=_SMALL)
    yield Spacer(0, 4 * mm)
    yield Paragraph(escape(f"{receipt['header']['record_id']} · {parties['controller']}"), _SMALL)


def _people(receipt: Mapping[str, Any], words: Words) -> Rows:
    parties, processing = receipt["parties"], receipt["processing"]
    grantor, child = parties["grantor"], parties["child"]
    rows = [
        (words.grantor, grantor["name"]),
        (words.relationship, words.relationships[grantor["relationship"]]),
        (words.acts_as, words.capacities[grantor["acts_as"]]),
        (words.answered, words.methods[processing["collection_method"]]),
        (words.collected_by, parties["collected_by"]),
        (words.verified_by, ", ".join(parties["verified_by"]) or words.nobody_yet),
    ]
    if parties["viewers"]:
        rows.append((words.viewers, ", ".join(parties["viewers"])))
    if child is not None:
        rows.append((words.child, words.opinions[child["opinion"]]))
    return rows


def _steps(receipt: Mapping[str, Any], words: Words) -> Rows:
    return [
        (words.day(_moment(step["event_time"])), f"{words.states[step['event_state']]} ({step['entity_id']})")
        for step in receipt["events"]
    ]


def _digests(processing: Mapping[str, Any], words: Words) -> Rows:
    shown = processing["privacy_notice"]
    rows = [
        (words.photo, processing["photo_sha256"]),
        (words.script, processing["script_sha256"]),
        (words.motion, processing["motion_sha256"]),
        (f"{words.notice} {shown['version']}", shown["sha256"]),
    ]
    return [(name, digest) for name, digest in rows if digest is not None]


def _section(head: str, rows: Rows, *, style: ParagraphStyle = _BODY) -> Iterator[Flowable]:
    """A heading and its rows; a row without a second column goes over the whole width."""
    label = style if style is _SMALL else _LABEL
    cells = [
        [Paragraph(escape(left), label), Paragraph(escape(right), style)]
        if right
        else [Paragraph(escape(left), style), ""]
        for left, right in rows
    ]
    wide = [("SPAN", (0, place), (1, place)) for place, (_, right) in enumerate(rows) if not right]
    table = Table(cells, colWidths=[_COLUMN, LETTER[0] - 2 * _MARGIN - _COLUMN], hAlign="LEFT")
    table.setStyle(
        [
            *wide,
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ("TOPPADDING", (0, 0), (-1, 0), 4),
            ("LINEABOVE", (0, 0), (-1, 0), 0.6, _LINE),
        ]
    )
    yield KeepTogether([Paragraph(escape(head), _HEAD), Spacer(0, 1.5 * mm), table])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
