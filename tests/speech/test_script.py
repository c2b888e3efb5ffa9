"""What a script may look like, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait import script as scripts
from portrait.script import parse_script
from portrait.types import Language, Person

WRITTEN = """idioma: es
persona: primera

# Para la vigilia
<!-- no se lee -->
Me llamo *Ejemplo*. Desaparecí en **Guadalajara** el 18/05/2021.[^lugar][^fecha]
La Lic. Pérez dijo que sí. [^fuente] ¿Me has visto?

- Gracias por escuchar.[^-]
"""


def test_a_whole_script() -> None:
    script = parse_script(WRITTEN)
    assert script.language is Language.SPANISH
    assert script.person is Person.FIRST
    assert [(sentence.text, sentence.facts) for sentence in script.sentences] == [
        ("Me llamo Ejemplo.", ()),
        ("Desaparecí en Guadalajara el 18/05/2021.", ("lugar", "fecha")),
        ("La Lic. Pérez dijo que sí.", ("fuente",)),
        ("¿Me has visto?", ()),
        ("Gracias por escuchar.", (scripts.NO_FACT,)),
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("La Sra. López y el Dr. J. Pérez viven en EE. UU. desde 1998. Nadie sabe.", 2),
        ("Llame al No. 5 de Av. Juárez. No. Nadie contestó.", 3),
        ("Salió a las 9:30 p. m. de su casa. No volvió.", 2),
        ("Trae tenis, gorra, etc. Mide 1.65 m. Pesa 60 kg.", 3),
        ("¡Ayúdenos! ¿La vio? Gracias… de verdad.", 3),
        ("«Vuelvo pronto.» Eso dijo.", 2),
        ("Pagó $1,250.50 y se fue. ¡¡!! Nada más.", 2),
        ("Un párrafo\nen dos líneas\n\nY otro", 2),
        ("p. ej. así, con minúscula. tras el punto.", 1),
    ],
)
def test_sentences_end_where_they_end(text: str, count: int) -> None:
    sentences = parse_script(text, language="es").sentences
    assert len(sentences) == count, [sentence.text for sentence in sentences]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", scripts.EmptyScript),
        (" \n\t\n", scripts.EmptyScript),
        ("idioma: es\n# Solo un título\n", scripts.EmptyScript),
        ("a" * 20_000, scripts.ScriptTooLong),
        ("🙏🕯️ 💔", scripts.NothingToSay),
        ("¡¡¡ … !!!", scripts.NothingToSay),
        ("idioma: klingon\nHola.", scripts.UnknownLanguage),
        ("persona: segunda\nHola.", scripts.UnknownPerson),
        ("Пропал человек.", scripts.UnreadableLetters),
        ("失踪 en Guadalajara.", scripts.UnreadableLetters),
        ("Desapareció.[^lu gar]", scripts.BrokenFactMark),
        ("Desapareció.[^lugar", scripts.BrokenFactMark),
        ("language: en\nLast seen on 05/06/2021.", scripts.AmbiguousDate),
    ],
)
def test_what_cannot_be_narrated_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_script(text)


def test_what_the_header_says_must_be_what_is_asked_for() -> None:
    with pytest.raises(scripts.ContradictoryHeader):
        parse_script("persona: tercera\nElla desapareció.", person="first")
    with pytest.raises(scripts.UnknownLanguage):
        parse_script("Hola.", language="fr")
    assert parse_script("---\nlanguage: en\n---\nHello.", language="en").language is Language.ENGLISH


@pytest.mark.parametrize(
    ("text", "language", "person"),
    [
        ("Mi nombre es Ejemplo.", Language.SPANISH, Person.FIRST),
        ("Ejemplo desapareció en la ciudad.", Language.SPANISH, Person.THIRD),
        ("She was last seen at the park.", Language.ENGLISH, Person.THIRD),
        ("I was last seen at the park.", Language.ENGLISH, Person.FIRST),
    ],
)
def test_language_and_person_are_told_from_the_words(text: str, language: Language, person: Person) -> None:
    script = parse_script(text)
    assert (script.language, script.person) == (language, person)


def test_what_could_mislead_a_reader_is_removed() -> None:
    script = parse_script(
        "Ho\u202ela\u200b a \u0000to\u0336\u0336dos, ｆｕｌｌ 𝐛𝐨𝐥𝐝 😀 ١٢ Xi\u0331chu 1½ m²."
    )
    assert script.text == "Hola a to\u0336dos, full bold 12 Xi\u0331chu 1 1/2 m2."


def test_markup_goes_and_words_stay() -> None:
    script = parse_script("Lea [la ficha](ficha.html), *por favor*, y __comparta__ a_b_c y 2*3*4.")
    assert script.text == "Lea la ficha, por favor, y comparta a_b_c y 2*3*4."


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([*"aeiou. !?…,;:«»()[]*_#-\n\t0123456789", "Sra. ", "EE. UU. ", "Él "]), max_size=60
    )
)
def test_no_word_is_lost_or_moved(pieces: list[str]) -> None:
    text = "Hola " + "".join(pieces).replace("#", "").replace("[", "")
    script = parse_script(text, language="es")
    kept = [character for character in script.text if character.isalnum()]
    assert kept == [character for character in text if character.isalnum()]
    assert all(any(map(str.isalnum, sentence.text)) for sentence in script.sentences)
    assert all(sentence.text == " ".join(sentence.text.split()) for sentence in script.sentences)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_typed_error(text: str) -> None:
    try:
        script = parse_script(text)
    except scripts.ScriptError as error:
        assert str(error)
    else:
        assert script.sentences
