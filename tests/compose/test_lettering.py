from __future__ import annotations

from unicodedata import normalize

import pytest

from portrait.compose.lettering import drawable, font, wrap


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("¿Dónde está? Ñandú, pingüino, 5º «aquí» …", "¿Dónde está? Ñandú, pingüino, 5º «aquí» …"),
        ("Ximena ❤️🙏", "Ximena"),
        ("Nun\u0303ez", "Nuñez"),
        ("Xo\u1e8d", "Xo\u1e8d"),
        ("R\u00f3\u0301\u200da\u00ad", "R\u00f3\u0301a"),
        ("Łukasz Ő", "Łukasz Ő"),
        ("", ""),
    ],
)
def test_text_as_the_typeface_can_draw_it(text, drawn):
    assert normalize("NFD", drawable(text)) == normalize("NFD", drawn)


def test_lines_are_even_and_fit():
    face = font(40, "Regular")
    text = "Presente nunca pide dinero ni datos personales."
    lines = wrap(text, face, 500)
    assert " ".join(lines) == text
    assert len(lines) == 2
    assert all(face.getlength(line) <= 500 for line in lines)
    assert min(map(face.getlength, lines)) > 0.6 * max(map(face.getlength, lines))


def test_a_word_wider_than_the_line_stands_alone_and_telephone_numbers_hold_together():
    face = font(40, "Bold")
    assert wrap("a presente.example/verificar b", face, 200) == ["a", "presente.example/verificar", "b"]
    assert wrap("llame al 800\u00a0028\u00a077\u00a083", face, 260) == [
        "llame al",
        "800\u00a0028\u00a077\u00a083",
    ]
