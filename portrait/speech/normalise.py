"""From the script as written to plain words as said, without losing which is which.

A sentence becomes `Unit`s: a piece of the text as written («18/05/2021,») and the plain words it
is said with («dieciocho de mayo de dos mil veintiuno»). The written pieces joined with spaces are
the sentence again, so captions quote the script and still know when each piece sounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from phonenumbers import PhoneNumberMatcher

from portrait.speech import numerals
from portrait.speech.tongues import Tongue, tongue_of
from portrait.types import Language


@dataclass(frozen=True, slots=True)
class Word:
    """A word to be said, letters and inner apostrophes only.

    pause: the mark after it, one of `,;:.?!…`, or "".
    """

    text: str
    pause: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the text as written, and the words (at least one) it is said with."""

    written: str
    words: tuple[Word, ...]


def spoken_units(sentence: str, language: Language, lexicon: Mapping[str, str]) -> tuple[Unit, ...]:
    """Say `sentence` in plain words.

    lexicon: word in lower case -> how it is written so that it is read right («oaxaca» -> «uajaca»).
    The units' `written` joined by spaces equal the sentence with its white space collapsed. A text
    without any letter or digit gives no unit.
    """
    text = " ".join(sentence.split())
    context = _Context(text, tongue_of(language), lexicon)
    units: list[Unit] = []
    start, unsaid = 0, ""
    while start < len(text):
        end, words = _read_at(context, start)
        written = unsaid + text[start:end]
        if words:
            units.append(Unit(written, words))
            unsaid = ""
        elif units:
            units[-1] = _extend(units[-1], written)
        else:
            unsaid = written + " "
        start = end + 1
    return tuple(_end_with_stop(units))


@dataclass(frozen=True, slots=True)
class _Context:
    text: str
    tongue: Tongue
    lexicon: Mapping[str, str]

    def following(self, end: int) -> str:
        """Return the plain word after position `end`, "" if another sign comes first."""
        found = re.compile(r" ?([^\W\d_]+)").match(self.text, end)
        return found[1] if found else ""


_OPENING = re.compile(r"[^\w$#@&+°]*")
_AFTER = r"(?P<after>[^\w\s%°$@&+=]*)(?= |$)"
_PAUSES = (("?", "?¿"), ("!", "!¡"), (".", "."), ("…", "…"), (";", ";"), (":", ":"), (",", ",)—–]»"))

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?![\d.])|\d+[.,]\d+|\d+"

Say = Callable[[re.Match[str], _Context], str | None]
_RULES: list[tuple[re.Pattern[str], Say]] = []


def _rule(pattern: str) -> Callable[[Say], Say]:
    """Register how text of the form `pattern`, followed by the end of a token, is said.

    Rules are tried in the order of this file; the first that matches and does not return None wins.
    """

    def register(say: Say) -> Say:
        _RULES.append((re.compile(f"(?:{pattern}){_AFTER}", re.IGNORECASE), say))
        return say

    return register


def _read_at(context: _Context, start: int) -> tuple[int, tuple[Word, ...]]:
    """Return (end of the tokens read from `start`, their words)."""
    opening = _OPENING.match(context.text, start)
    core = opening.end() if opening else start
    token_end = context.text.find(" ", start)
    token_end = len(context.text) if token_end < 0 else token_end
    if core >= token_end:
        return token_end, ()
    if phone := _telephone_at(context, start, core):
        return phone
    for pattern, say in _RULES:
        found = pattern.match(context.text, core)
        spoken = say(found, context) if found else None
        if found and spoken:
            return found.end(), _words(spoken, found["after"])
    return token_end, _plain_words(context, core, token_end)


def _words(spoken: str, after: str) -> tuple[Word, ...]:
    """Cut spoken text into words; commas inside it and the marks after it become pauses."""
    words = [Word(piece.rstrip(","), "," if piece.endswith(",") else "") for piece in spoken.split()]
    return (*words[:-1], Word(words[-1].text, _pause(after)))


def _pause(marks: str) -> str:
    """Return the strongest pause among the punctuation marks after a word."""
    if "..." in marks:
        return "…"
    return next((pause for pause, signs in _PAUSES if any(sign in marks for sign in signs)), "")


def _extend(unit: Unit, written: str) -> Unit:
    """Attach a token that is not said («—», «...») to the unit before it."""
    last = unit.words[-1]
    pause = last.pause or _pause(written) or ","
    return Unit(f"{unit.written} {written}", (*unit.words[:-1], Word(last.text, pause)))


def _end_with_stop(units: list[Unit]) -> Iterator[Unit]:
    for unit in units[:-1]:
        yield unit
    for unit in units[-1:]:
        last = unit.words[-1]
        pause = last.pause if last.pause in (".", "?", "!", "…") else "."
        yield Unit(unit.written, (*unit.words[:-1], Word(last.text, pause)))


# --- dates and times ---------------------------------------------------------------------------


@_rule(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)")
def _say_date(found: re.Match[str], context: _Context) -> str | None:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    year += 2000 if year < 50 else 1900 if year < 100 else 0
    american = context.tongue.language is Language.ENGLISH and first <= 12
    month, day = (first, second) if american else (second, first)
    return _say_day(year, month, day, context.tongue)


@_rule(r"(\d{4})-(\d\d)-(\d\d)")
def _say_iso_date(found: re.Match[str], context: _Context) -> str | None:
    return _say_day(int(found[1]), int(found[2]), int(found[3]), context.tongue)


def _say_day(year: int, month: int, day: int, tongue: Tongue) -> str | None:
    try:
        return numerals.calendar_date(date(year, month, day), tongue)
    except ValueError:
        return None


@_rule(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)? ?(h\b\.?|hrs?\b\.?|horas\b|hours\b)?")
def _say_time(found: re.Match[str], context: _Context) -> str | None:
    if ":" not in found.group() and not found[3]:
        return None  # 3.50 is a number
    hour, minute = int(found[1]), int(found[2])
    spoken = numerals.clock(hour, minute, context.tongue)
    hours = context.tongue.hours
    said_by_script = context.following(found.end()).lower() in (
        "horas",
        "hours",
        "h",
        "hrs",
        "a",
        "p",
        "am",
        "pm",
    )
    if said_by_script and not found[3]:
        return spoken.removesuffix(hours).strip()
    return f"{spoken} {hours}" if found[3] and not spoken.endswith(hours) else spoken


@_rule(r"(\d{1,2}) ?(a|p)\.? ?m\b\.?")
def _say_half_day(found: re.Match[str], context: _Context) -> str:
    half = context.tongue.morning if found[2].lower() == "a" else context.tongue.afternoon
    return f"{numerals.cardinal(int(found[1]), context.tongue, 'horas')} {half}"


# --- quantities --------------------------------------------------------------------------------

_CURRENCY_NAMES = {
    **dict.fromkeys(("pesos", "peso", "mxn", "m.n.", "mn"), "peso"),
    **dict.fromkeys(("dólares", "dólar", "dollars", "usd"), "dollar"),
}
_MILLIONS = r"mil|millones|millón|thousand|million|billion"


_CURRENCY_PREFIXES = {"us": "dollar", "mx": "peso"}
_CURRENCY = r"pesos?|mxn|m\.n\.|mn|d[óo]lar(?:es)?|dollars?|usd"


@_rule(rf"(us|mx)?\$ ?({_NUMBER})(?: ({_MILLIONS})\b)?(?:(?: de| of)? ({_CURRENCY})\b)?")
def _say_money(found: re.Match[str], context: _Context) -> str:
    prefix, scale, name = ((found[group] or "").lower() for group in (1, 3, 4))
    one, many = context.tongue.currencies[_CURRENCY_NAMES.get(name) or _CURRENCY_PREFIXES.get(prefix) or "$"]
    amount, comma = _read_number(found[2])
    if scale:
        of = " de" if scale.startswith("millon") or scale == "millón" else ""
        return f"{numerals.decimal(amount, context.tongue, scale, comma=comma)} {scale}{of} {many}"
    whole, cents = int(amount), int(amount % 1 * 100)
    spoken = f"{numerals.cardinal(whole, context.tongue, many)} {one if whole == 1 else many}"
    if not cents:
        return spoken
    link = context.tongue.with_cents
    return f"{spoken} {link} {numerals.cardinal(cents, context.tongue, 'pesos')} {context.tongue.cents}"


@_rule(rf"({_NUMBER}) ?%")
def _say_percentage(found: re.Match[str], context: _Context) -> str:
    return f"{_say_number_text(found[1], context.tongue)} {context.tongue.percent}"


@_rule(r"([12])[.,](\d\d) ?(?:mts?\.?|m\b\.?|metros\b)")
def _say_height(found: re.Match[str], context: _Context) -> str | None:
    if context.tongue.language is not Language.SPANISH:
        return None
    metres = "un metro" if found[1] == "1" else "dos metros"
    return (
        f"{metres} {numerals.digit_string(str(int(found[2])), context.tongue)}" if int(found[2]) else metres
    )


@_rule(rf"({_NUMBER}) ?(°[cf]?|[a-z]+(?:/h)?\b\.?)")
def _say_measure(found: re.Match[str], context: _Context) -> str | None:
    unit = context.tongue.units.get(found[2].lower()) or context.tongue.units.get(
        found[2].lower().rstrip(".")
    )
    if not unit:
        return None
    one, many = unit
    amount = _say_number_text(found[1], context.tongue, many)
    return f"{amount} {one if found[1] == '1' else many}"


@_rule(r"(\d{1,4})(?:\.?([ºª°])|(er|ro|do|to|mo|vo|no|ra|da|ta|ma|va|na|st|nd|rd|th)\b\.?)")
def _say_ordinal(found: re.Match[str], context: _Context) -> str:
    ending = (found[3] or "").lower()
    feminine = found[2] == "ª" or ending in ("ra", "da", "ta", "ma", "va", "na")
    return numerals.ordinal(int(found[1]), context.tongue, feminine=feminine, short=ending == "er")


@_rule(r"(\d{1,4})[-–](\d{1,4})")
def _say_range(found: re.Match[str], context: _Context) -> str:
    following = context.following(found.end())
    ends = (_say_number_text(number, context.tongue, following) for number in found.group(1, 2))
    return f" {context.tongue.to} ".join(ends)


@_rule(rf"(#|n[.º°]*º|n[úu]m\.|no\.)? ?({_NUMBER})")
def _say_number(found: re.Match[str], context: _Context) -> str:
    number = _say_number_text(found[2], context.tongue, context.following(found.end()))
    return f"{context.tongue.number} {number}" if found[1] else number


def _say_number_text(written: str, tongue: Tongue, following: str = "") -> str:
    if written.isdigit():
        if len(written) == 4 and 1100 <= int(written) < 2100 and tongue.language is Language.ENGLISH:
            return numerals.year(int(written), tongue)
        if (written[0] == "0" and written != "0") or len(written) > numerals.LONGEST_NUMBER:
            return numerals.digit_string(written, tongue)
        return numerals.cardinal(int(written), tongue, following)
    amount, comma = _read_number(written)
    return numerals.decimal(amount, tongue, following, comma=comma)


def _read_number(written: str) -> tuple[Decimal, bool]:
    """Return the value, and whether it was written with a decimal comma."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", written):
        return Decimal(written.replace(",", "")), False
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", written):
        return Decimal(written.replace(".", "")), False
    return Decimal(written.replace(",", ".")), "," in written


@_rule(r"(?-i:(?=[IVX]{2,})X{0,3}(?:IX|IV|V?I{0,3}))")
def _say_roman(found: re.Match[str], context: _Context) -> str:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in found.group().removesuffix(found["after"])]
    signed = (
        -value if value < later else value for value, later in zip(values, [*values[1:], 0], strict=True)
    )
    return numerals.cardinal(sum(signed), context.tongue)


# --- abbreviations, codes, addresses, telephones ---------------------------------------------------


@_rule(r"[a-zñáéíóú]+(?:\.(?: ?[a-z]+\.)*|/[a-z]+)")
def _say_abbreviation(found: re.Match[str], context: _Context) -> str | None:
    written = found.group().removesuffix(found["after"]).lower()
    return context.tongue.abbreviations.get(written)


@_rule(r"(?-i:[A-ZÑ]\.(?:[A-ZÑ]\.)*)(?= [A-ZÁÉÍÓÚÑ])")
def _say_initials(found: re.Match[str], context: _Context) -> str:
    letters = re.sub(r"\W", "", found.group())
    return numerals.spell_letters(letters, context.tongue)


@_rule(r"(?:https?://)?((?:[\w.+-]+@|@)?[\w-]+(?:\.[\w-]+)+(?:/[\w./-]*\w)?|@\w+)")
def _say_address(found: re.Match[str], context: _Context) -> str | None:
    address = found[1]
    if not re.search(r"@|\.[a-z]{2,}|/", address, re.IGNORECASE) or re.fullmatch(r"[\d.,]+", address):
        return None
    pieces = re.findall(r"[^\W\d_]+|\d+|[^\w]|_", address.removeprefix("www."))
    return " ".join(context.tongue.signs.get(piece) or _say_piece(piece.lower(), context) for piece in pieces)


@_rule(r"(?=[\w/-]*\d)(?=[\w/-]*[^\W\d_])[\w/-]+")
def _say_code(found: re.Match[str], context: _Context) -> str | None:
    written = found.group().removesuffix(found["after"])
    mixes = any(re.search(r"\d", run) and re.search(r"[^\W\d_]", run) for run in re.split(r"[-/_]", written))
    return numerals.code(written, context.tongue) if mixes or written.isupper() else None


def _telephone_at(context: _Context, start: int, core: int) -> tuple[int, tuple[Word, ...]] | None:
    """Read a telephone number that begins in this token; a Mexican one unless it carries a country code."""
    for found in PhoneNumberMatcher(context.text[start:], "MX"):
        begin, end = start + found.start, start + found.end
        after = re.compile(_AFTER).match(context.text, end)
        if begin > core or not after:
            return None
        return after.end(), _words(_say_telephone(found.raw_string, context.tongue), after["after"])
    return None


def _say_telephone(written: str, tongue: Tongue) -> str:
    number, _, extension = re.sub(r"(?i)\s*(?:ext|x)\D*", "x", written).partition("x")
    groups = re.findall(r"\d+", number)
    if len(groups) == 1 and len(groups[0]) == 10:
        groups = [groups[0][:2], groups[0][2:6], groups[0][6:]]
    spoken = numerals.telephone(groups, tongue)
    if written.startswith("+"):
        spoken = f"{tongue.plus} {spoken}"
    return f"{spoken}, {tongue.extension} {numerals.telephone([extension], tongue)}" if extension else spoken


# --- ordinary words ------------------------------------------------------------------------------

_PIECES = re.compile(r"[^\W\d_]+(?:['’·][^\W\d_]+)*[̀-ͯ]*|\d+|[&+=@%]")
_ONE_LETTER_WORDS = {Language.SPANISH: "aeouy", Language.ENGLISH: "ai"}


def _plain_words(context: _Context, core: int, end: int) -> tuple[Word, ...]:
    token = context.text[core:end]
    pieces = list(_PIECES.finditer(token))
    if not pieces:
        return ()
    spoken = " ".join(_say_piece(piece.group(), context) for piece in pieces)
    return _words(spoken, token[pieces[-1].end() :])


def _say_piece(piece: str, context: _Context) -> str:
    lower = piece.lower()
    if said := context.lexicon.get(lower) or context.tongue.signs.get(piece):
        return said
    if piece == "%":
        return context.tongue.percent
    if piece.isdigit():
        return numerals.digit_string(piece, context.tongue)
    if _is_spelled(piece, context):
        return numerals.spell_letters(piece, context.tongue)
    return lower


def _is_spelled(piece: str, context: _Context) -> bool:
    """Say whether letters are read by name: single ones, and acronyms that nobody could pronounce."""
    if len(piece) == 1:
        return piece.lower() not in _ONE_LETTER_WORDS[context.tongue.language]
    if not re.search(r"[aeiouyáéíóúü]", piece, re.IGNORECASE):
        return len(piece) <= 5 or piece.isupper()
    all_capitals = context.text.isupper()
    return (
        context.tongue.language is Language.ENGLISH
        and piece.isupper()
        and len(piece) <= 3
        and not all_capitals
    )
