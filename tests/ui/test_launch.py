"""The server is for this computer, asks nothing of the network and tells nobody who uses it."""

from __future__ import annotations

from portrait.i18n import use_language
from ui import launch, theme


def flags() -> dict[str, str]:
    return dict(
        flag.removeprefix("--").split("=", 1) for flag in launch.command(8123) if flag.startswith("--")
    )


def test_the_command_line_keeps_the_desk_on_this_computer():
    given = flags()
    assert given["server.address"] == "127.0.0.1"
    assert given["server.port"] == "8123"
    assert given["server.enableXsrfProtection"] == "true"
    assert given["server.maxUploadSize"] == "512"
    assert given["server.headless"] == "true"
    assert given["browser.gatherUsageStats"] == "false"
    assert given["client.showErrorDetails"] == "none"


def test_both_themes_name_the_same_colours():
    names = [name.rpartition(".") for name in theme.options()]
    light = {last for first, _, last in names if first == "theme.light"}
    dark = {last for first, _, last in names if first == "theme.dark"}
    assert light == dark
    assert "primaryColor" in light


def test_words_can_be_read_on_their_ground():
    options = theme.options()
    for side in ("light", "dark"):
        ground = options[f"theme.{side}.backgroundColor"]
        for name in (
            "textColor",
            "primaryColor",
            "linkColor",
            "greenTextColor",
            "redTextColor",
            "grayTextColor",
        ):
            assert contrast(options[f"theme.{side}.{name}"], ground) >= 4.5, (side, name)


def test_the_style_sheet_brings_its_own_type_and_no_address():
    use_language("es")
    style = theme.style()
    assert "Elegir un archivo" in style
    assert "data:font/ttf;base64," in style
    assert "http" not in style


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours written #RRGGBB."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
