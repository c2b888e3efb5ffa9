"""Colours, type and sizes: as options of the server, and the few rules that options cannot say.

Contrast ratios on their ground are at least 5 (light) and 9 (dark) for text; see docs/img for how it looks.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

import portrait
from portrait.errors import N_
from portrait.i18n import _

ASSETS = Path(portrait.__file__).parent / "assets"
MARK = ASSETS / "mark.svg"
FONT = "Atkinson Hyperlegible"
_FACES = {"Regular": 400, "Bold": 700}
_SHARED = {
    "font": f"{FONT}, sans-serif",
    "baseFontSize": "18",
    "baseRadius": "0.75rem",
    "headingFontWeights": "700",
    "showWidgetBorder": "true",
}
_LIGHT = {
    "primaryColor": "#A8480A",
    "backgroundColor": "#FBF7F0",
    "secondaryBackgroundColor": "#F3ECE0",
    "textColor": "#1E1B2E",
    "borderColor": "#D9CFC0",
    "linkColor": "#5B3E96",
    "greenColor": "#1F6F54",
    "greenTextColor": "#1F6F54",
    "greenBackgroundColor": "#E3EFE6",
    "redColor": "#A3262A",
    "redTextColor": "#A3262A",
    "redBackgroundColor": "#F7E3DF",
    "violetColor": "#5B3E96",
    "violetTextColor": "#5B3E96",
    "violetBackgroundColor": "#ECE6F3",
    "blueColor": "#5B3E96",
    "blueTextColor": "#5B3E96",
    "blueBackgroundColor": "#ECE6F3",
    "orangeColor": "#A8480A",
    "orangeTextColor": "#A8480A",
    "orangeBackgroundColor": "#F9E8D6",
    "grayColor": "#6B6577",
    "grayTextColor": "#625C6E",
    "grayBackgroundColor": "#F0EAE0",
}
_DARK = {
    "primaryColor": "#F4B860",
    "backgroundColor": "#17151F",
    "secondaryBackgroundColor": "#221F2E",
    "textColor": "#EFEAF5",
    "borderColor": "#3C374D",
    "linkColor": "#C4B0F0",
    "greenColor": "#7CCBA9",
    "greenTextColor": "#7CCBA9",
    "greenBackgroundColor": "#1C2F2A",
    "redColor": "#F2A09B",
    "redTextColor": "#F2A09B",
    "redBackgroundColor": "#3A2026",
    "violetColor": "#C4B0F0",
    "violetTextColor": "#C4B0F0",
    "violetBackgroundColor": "#2A2540",
    "blueColor": "#C4B0F0",
    "blueTextColor": "#C4B0F0",
    "blueBackgroundColor": "#2A2540",
    "orangeColor": "#F4B860",
    "orangeTextColor": "#F4B860",
    "orangeBackgroundColor": "#352A20",
    "grayColor": "#B2AAC4",
    "grayTextColor": "#B2AAC4",
    "grayBackgroundColor": "#262231",
}

# Touch targets of 44 px, calm spacing, words that wrap, and nothing of Streamlit's own chrome.
_RULES = """
[data-testid="stMainBlockContainer"] {padding-top: 4.5rem; padding-bottom: 4rem;}
h1 {font-size: 2rem !important; line-height: 1.2 !important; padding-bottom: .5rem !important;}
h2 {font-size: 1.45rem !important;} h3 {font-size: 1.15rem !important;} h4 {font-size: 1rem !important;}
[data-testid="stHeading"]:has(h1) {margin-bottom: .5rem;}
[data-testid="stBaseButton-tertiary"] p {font-size: 1rem;}
[data-testid="stCaptionContainer"] {color: #625C6E; opacity: 1;}
[data-testid="stCaptionContainer"] p {color: inherit; opacity: 1;}
[data-testid="stButton"] button, [data-testid="stFormSubmitButton"] button,
[data-testid="stDownloadButton"] button, [data-testid="stPageLink"] a {min-height: 44px;}
[data-testid="stText"] {white-space: pre-wrap; overflow-wrap: anywhere; font-family: inherit;}
[data-testid="stHeader"] img {background: #FBF7F0; border-radius: 50%;}
[data-testid="stFileUploaderDropzone"] {padding: 1.5rem;}
[data-testid="stFileUploaderDropzoneInstructions"], [data-testid="stHeaderActionElements"] {display: none;}
[data-testid="stFileUploaderDropzone"] > span button, [data-testid="stFileUploaderDropzone"] > button
  {min-height: 44px;}
@media (prefers-color-scheme: dark) {
  [data-testid="stCaptionContainer"] {color: #B2AAC4;}
  [data-testid^="stBaseButton-primary"] {color: #17151F;}
}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] {padding: 4rem 1.1rem 3rem;}
  h1 {font-size: 1.7rem !important;}
}
"""
BROWSE = N_("Choose a file")


def options() -> dict[str, str]:
    """Return the theme as options of `streamlit run`; the browser's own preference chooses light or dark."""
    shared = {f"theme.{name}": value for name, value in _SHARED.items()}
    light = {f"theme.light.{name}": value for name, value in _LIGHT.items()}
    dark = {f"theme.dark.{name}": value for name, value in _DARK.items()}
    return shared | light | dark


def style() -> str:
    """Return the style sheet of every page, in the language in force; it holds no one's data."""
    browse = _(BROWSE).replace('"', "")
    return f"""<style>{_font_faces()}{_RULES}
[data-testid="stFileUploaderDropzone"] button p {{font-size: 0;}}
[data-testid="stFileUploaderDropzone"] button p::after {{content: "{browse}"; font-size: 1rem;}}
</style>"""


@cache
def _font_faces() -> str:
    """The two faces of the type, inside the page: the front desk asks nothing of the network."""
    return "".join(
        f'@font-face {{font-family: "{FONT}"; font-weight: {weight}; font-display: swap; '
        f"src: url(data:font/ttf;base64,{_encoded(name)}) format('truetype');}}"
        for name, weight in _FACES.items()
    )


def _encoded(face: str) -> str:
    return base64.b64encode((ASSETS / "fonts" / f"AtkinsonHyperlegible-{face}.ttf").read_bytes()).decode()
