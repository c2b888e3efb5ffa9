"""How written signs are said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.letters import clean
from portrait.speech.lexicon import BrokenLexicon, load_lexicon
from portrait.speech.normalise import spoken_units
from portrait.types import Language

PLAIN_WORD = re.compile(r"[^\W\d_]+(?:['’·-][^\W\d_]+)*")


def said(text: str, language: Language = Language.SPANISH) -> str:
    units = spoken_units(text, language, load_lexicon(language))
    return " ".join(word.text + word.pause for unit in units for word in unit.words)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("el 18/05/2021", "el dieciocho de mayo de dos mil veintiuno."),
        ("el 1/6/03", "el primero de junio de dos mil tres."),
        ("2021-05-18", "dieciocho de mayo de dos mil veintiuno."),
        ("el 1 de mayo", "el primero de mayo."),
        ("el 21 de mayo", "el veintiuno de mayo."),
        ("32/13/2021", "treinta y dos trece dos mil veintiuno."),
        ("33 1234 5678", "treinta y tres, doce treinta y cuatro, cincuenta y seis setenta y ocho."),
        ("(33) 1234-5678", "treinta y tres, doce treinta y cuatro, cincuenta y seis setenta y ocho."),
        ("3312345678", "treinta y tres, doce treinta y cuatro, cincuenta y seis setenta y ocho."),
        ("800 028 7783", "ochocientos, cero veintiocho, setenta y siete ochenta y tres."),
        ("al 911", "al nueve once."),
        ("$50,000", "cincuenta mil pesos."),
        ("$1,250.50 MXN", "mil doscientos cincuenta pesos con cincuenta centavos."),
        ("$2 millones", "dos millones de pesos."),
        ("$1", "un peso."),
        ("US$100", "cien dólares."),
        ("21 años", "veintiún años."),
        ("1 hija", "una hija."),
        ("200 personas", "doscientas personas."),
        ("31,000 casos", "treinta y un mil casos."),
        ("más de 100,000 desaparecidos", "más de cien mil desaparecidos."),
        ("3.5 y 3,05", "tres punto cinco y tres coma cero cinco."),
        ("-5 grados", "menos cinco grados."),
        ("la 1ª vez, el 3er día", "la primera vez, el tercer día."),
        ("50 % y 7%", "cincuenta por ciento y siete por ciento."),
        ("14:30 hrs.", "catorce treinta horas."),
        ("a las 9:05 a. m.", "a las nueve cero cinco a eme."),
        ("a las 14:00 horas", "a las catorce horas."),
        ("mide 1.65 m", "mide un metro sesenta y cinco."),
        ("65 kg", "sesenta y cinco kilos."),
        ("la Lic. Pérez y la Sra. Gómez", "la licenciada pérez y la señora gómez."),
        ("en EE. UU., p. ej., hoy", "en estados unidos, por ejemplo, hoy."),
        ("Av. Juárez No. 45", "avenida juárez número cuarenta y cinco."),
        ("placas JKL-12-34", "placas jota ca ele, doce, treinta y cuatro."),
        ("GOMC900512HDF", "ge o eme ce, nueve cero cero cinco uno dos, hache de efe."),
        ("folio FGR/2021/0147", "folio efe ge erre, dos mil veintiuno, cero uno cuatro siete."),
        ("la FGR y el INE", "la efe ge erre y el ine."),
        ("contacto@ejemplo.org.mx", "contacto arroba ejemplo punto org punto eme equis."),
        ("2019-2021", "dos mil diecinueve a dos mil veintiuno."),
        ("1/2 hora, 120 m2", "un medio hora, ciento veinte metros cuadrados."),
        ("siglo XXI", "siglo veintiuno."),
        ("Ximena de Oaxaca", "jimena de uajaca."),
        ("Hola — dijo (bajo) «sí»... y no", "hola, dijo bajo, sí… y no."),
        ("¿Dónde está?", "dónde está?"),
        ("SE BUSCA", "se busca."),
    ],
)
def test_spanish(written: str, spoken: str) -> None:
    assert said(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("on 18/05/2021", "on may eighteenth, twenty twenty one."),
        ("on May 18, 2021", "on may eighteenth, twenty twenty one."),
        ("33 1234 5678", "three three, one two three four, five six seven eight."),
        ("+1 202 555 0143", "plus one, two zero two, five five five, zero one four three."),
        ("at 3:05 p.m.", "at three oh five pee em."),
        ("at 3:00", "at three o'clock."),
        ("$50,000", "fifty thousand dollars."),
        ("5,000 pesos", "five thousand pesos."),
        ("in 1999", "in nineteen ninety nine."),
        ("the 22nd", "the twenty second."),
        ("Mr. Smith, FBI", "mister smith, eff bee eye."),
        ("I don't know", "i don't know."),
        ("Oaxaca", "wahaka."),
    ],
)
def test_english(written: str, spoken: str) -> None:
    assert said(written, Language.ENGLISH) == spoken


WORDS = st.text("abcdefghijklmnopqrstuvwxyzáéíóúñüABCDEFGHIJ", min_size=2, max_size=9)
SIGNS = st.text(
    st.characters(categories=("L", "N", "P", "S", "M"), max_codepoint=0x2FFF), min_size=1, max_size=12
)
TOKENS = st.lists(st.one_of(WORDS, SIGNS, st.from_regex(r"[0-9.,:/$%#-]{1,10}", fullmatch=True)), max_size=12)


@settings(deadline=None)
@given(TOKENS, st.sampled_from(Language))
def test_every_piece_is_kept_and_every_word_is_plain(tokens: list[str], language: Language) -> None:
    text = " ".join(clean(" ".join(tokens)).split())
    units = spoken_units(text, language, load_lexicon(language))
    if any(character.isascii() and character.isalnum() for character in text):
        assert " ".join(unit.written for unit in units) == text
    for unit in units:
        assert unit.words
        for word in unit.words:
            assert PLAIN_WORD.fullmatch(word.text), (unit, word)
            assert word.pause in ("", *",;:.?!…")


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=15))
def test_no_ordinary_word_is_dropped(words: list[str]) -> None:
    text = " ".join(word.lower() + "a" for word in words)
    units = spoken_units(text, Language.SPANISH, {})
    assert [word.text for unit in units for word in unit.words] == text.split()


@settings(deadline=None)
@given(st.integers(0, 999_999_999), st.sampled_from(Language))
def test_numbers_are_said_whole(number: int, language: Language) -> None:
    plain, grouped = said(f"x {number} x", language), said(f"x {number:,} x", language)
    assert plain == grouped or (language is Language.ENGLISH and 1100 <= number < 2100) or number < 1000


@pytest.mark.parametrize(
    "text", ["1" * 5000, "1" * 5000 + ".5", "$" + "9" * 40, "1," * 2000 + "1", "2" * 30 + "%"]
)
def test_endless_numbers_are_read_digit_by_digit(text: str) -> None:
    assert PLAIN_WORD.match(said(text))


def test_a_collective_adds_its_own_names(tmp_path) -> None:
    names = tmp_path / "nombres.txt"
    names.write_text("# los nuestros\nXóchitl = Sóchil\nOaxaca = Guajaca  # otra\n", "utf-8")
    lexicon = load_lexicon(Language.SPANISH, names)
    assert lexicon["xóchitl"] == "sóchil"
    assert lexicon["oaxaca"] == "guajaca"
    assert lexicon["texcoco"] == "tescoco"


def test_a_broken_line_of_names_is_named(tmp_path) -> None:
    names = tmp_path / "nombres.txt"
    names.write_text("Xóchitl = Sóchil\nsin igual\n", "utf-8")
    with pytest.raises(BrokenLexicon) as refusal:
        load_lexicon(Language.SPANISH, names)
    assert refusal.value.details == {"line": 2, "file": "nombres.txt"}
