"""How each kind of written sign is said: dates, sums, telephones, codes, addresses, words.

Every rule has the form in which it is written and returns the words it is said with; a comma in
them asks for a pause. The first rule that fits wins, in the order of this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from phonenumbers import PhoneNumberMatcher

from portrait.speech import numerals
from portrait.speech.tongues import Tongue
from portrait.types import Language


@dataclass(frozen=True, slots=True)
class Context:
    """The sentence being read (single spaces), and how its language and its people's names are said."""

    text: str
    tongue: Tongue
    lexicon: Mapping[str, str]
    telephones: Mapping[int, str]  # where each begins -> as written

    @classmethod
    def of(cls, text: str, tongue: Tongue, lexicon: Mapping[str, str]) -> Context:
        """Return the context of `text`; telephones are Mexican unless they carry a country code."""
        found = {match.start: match.raw_string for match in PhoneNumberMatcher(text, "MX")}
        return cls(text, tongue, lexicon, found)

    def following(self, end: int) -> str:
        """Return the plain word after position `end`, "" if another sign comes first."""
        found = re.compile(r" ?([^\W\d_]+)").match(self.text, end)
        return found[1] if found else ""

    def preceding(self, start: int) -> str:
        """Return the plain word before position `start`, in lower case, "" if another sign is nearer."""
        found = re.search(r"([^\W\d_]+) $", self.text[:start])
        return found[1].lower() if found else ""


Say = Callable[[re.Match[str], Context], str | None]
_RULES: list[tuple[re.Pattern[str], Say]] = []

_OPENING = re.compile(r"(?:(?![-−]\d)[^\w$#@&+=%°])*")  # brackets, quotes, ¿ and ¡ before the first sign said
_AFTER = r"(?P<after>[^\w\s%°$@&+=]*)(?= |$)"
_LETTER = r"[^\W\d_][\u0300-\u036f]*"
_NUMBER = (  # what is longer than these is read digit by digit
    r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,9})?|\d{1,3}(?:\.\d{3}){1,4}(?![\d.])|\d{1,15}[.,]\d{1,9}|\d{1,15}"
)


def read_at(context: Context, start: int) -> tuple[int, str, str]:
    """Read the token at `start`, and the ones after it that belong to it.

    Returns where that ends, the words it is said with ("" when nothing is said) and the punctuation
    after them.
    """
    opening = _OPENING.match(context.text, start)
    core = opening.end() if opening else start
    space = context.text.find(" ", start)
    end = len(context.text) if space < 0 else space
    if core >= end:
        return end, "", ""
    if telephone := _telephone_at(context, start, core):
        return telephone
    for pattern, say in _RULES:
        found = pattern.match(context.text, core)
        if found and (spoken := say(found, context)):
            return found.end(), spoken, found["after"]
    return end, *_plain_words(context, context.text[core:end])


def _rule(pattern: str) -> Callable[[Say], Say]:
    """Register how text of the form `pattern`, followed by the end of a token, is said."""

    def register(say: Say) -> Say:
        _RULES.append((re.compile(f"(?:{pattern}){_AFTER}", re.IGNORECASE), say))
        return say

    return register


@_rule(rf"(?:{_LETTER}|\d)(?:(?:{_LETTER}|\d|['’·-])*(?:{_LETTER}|\d))?")
def _say_from_lexicon(found: re.Match[str], context: Context) -> str | None:
    return context.lexicon.get(_written(found).lower())


def _written(found: re.Match[str]) -> str:
    """Return what a rule matched, without the punctuation after it."""
    return found.group().removesuffix(found["after"])


# --- dates and times ---------------------------------------------------------------------------


@_rule(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)")
def _say_date(found: re.Match[str], context: Context) -> str | None:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    year += 2000 if year < 50 else 1900 if year < 100 else 0
    american = context.tongue.language is Language.ENGLISH and first <= 12
    month, day = (first, second) if american else (second, first)
    return _say_day(year, month, day, context.tongue)


@_rule(r"(\d{4})-(\d\d)-(\d\d)")
def _say_iso_date(found: re.Match[str], context: Context) -> str | None:
    return _say_day(int(found[1]), int(found[2]), int(found[3]), context.tongue)


@_rule(r"1(?= de ([a-z]+))")
def _say_first_of_month(found: re.Match[str], context: Context) -> str | None:
    return "primero" if found[1].lower() in context.tongue.months else None


@_rule(r"([a-z]+) (\d{1,2})(?:st|nd|rd|th)?\b(?!:)")
def _say_english_day(found: re.Match[str], context: Context) -> str | None:
    months = context.tongue.months if context.tongue.language is Language.ENGLISH else ()
    if found[1].capitalize() not in months or not 1 <= int(found[2]) <= 31:
        return None
    return f"{found[1]} {numerals.ordinal(int(found[2]), context.tongue)}"


def _say_day(year: int, month: int, day: int, tongue: Tongue) -> str | None:
    try:
        return numerals.calendar_date(date(year, month, day), tongue)
    except ValueError:
        return None


_HOUR_WORDS = ("horas", "hours", "h", "hrs", "a", "p", "am", "pm")


@_rule(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)? ?(h\b\.?|hrs?\b\.?|horas\b|hours\b)?")
def _say_time(found: re.Match[str], context: Context) -> str | None:
    if ":" not in found.group() and not found[3]:
        return None  # 3.50 is a number
    hour, minute = int(found[1]), int(found[2])
    spoken = numerals.clock(hour, minute, context.tongue)
    hours = context.tongue.hours
    if context.following(found.end()).lower() in _HOUR_WORDS and not found[3]:
        return spoken.removesuffix(hours).strip()
    return f"{spoken} {hours}" if found[3] and not spoken.endswith(hours) else spoken


@_rule(r"(\d{1,2}) ?(a|p)\.? ?m\b\.?")
def _say_half_day(found: re.Match[str], context: Context) -> str:
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
def _say_money(found: re.Match[str], context: Context) -> str:
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
def _say_percentage(found: re.Match[str], context: Context) -> str:
    return f"{_say_number_text(found[1], context.tongue)} {context.tongue.percent}"


@_rule(r"([12])[.,](\d\d) ?(?:mts?\.?|m\b\.?|metros\b)")
def _say_height(found: re.Match[str], context: Context) -> str | None:
    if context.tongue.language is not Language.SPANISH:
        return None
    metres = "un metro" if found[1] == "1" else "dos metros"
    centimetres = int(found[2])
    return f"{metres} {numerals.cardinal(centimetres, context.tongue)}" if centimetres else metres


@_rule(r"\d/\d")
def _say_fraction(found: re.Match[str], context: Context) -> str | None:
    return context.tongue.fractions.get(_written(found))


@_rule(rf"({_NUMBER}) ?(°[cf]?|[a-z]+(?:/h|2)?\b\.?)")
def _say_measure(found: re.Match[str], context: Context) -> str | None:
    symbol = found[2] if len(found[2]) == 1 else found[2].lower()  # "5 G" is not five grams
    unit = context.tongue.units.get(symbol) or context.tongue.units.get(symbol.rstrip("."))
    if not unit:
        return None
    one, many = unit
    amount = _say_number_text(found[1], context.tongue, many)
    return f"{amount} {one if found[1] == '1' else many}"


_ORDINAL_ENDINGS = {
    Language.SPANISH: frozenset(("er", *"oa", *(c + v for c in "rdtmvn" for v in "oa"))),
    Language.ENGLISH: frozenset(("st", "nd", "rd", "th")),
}


@_rule(r"(\d{1,4})(?:\.?([ºª])|([a-z]{1,2})\b\.?)")
def _say_ordinal(found: re.Match[str], context: Context) -> str | None:
    ending = (found[3] or "").lower()
    if ending and ending not in _ORDINAL_ENDINGS[context.tongue.language]:
        return None
    feminine = found[2] == "ª" or ending.endswith("a")
    return numerals.ordinal(int(found[1]), context.tongue, feminine=feminine, short=ending == "er")


@_rule(r"(\d{1,4})[-–](\d{1,4})")
def _say_range(found: re.Match[str], context: Context) -> str:
    following = context.following(found.end())
    ends = (_say_number_text(number, context.tongue, following) for number in found.group(1, 2))
    return f" {context.tongue.to} ".join(ends)


@_rule(rf"(#|n[.º°]*º|n[úu]m\.|no\.)? ?([-−])?({_NUMBER})")
def _say_number(found: re.Match[str], context: Context) -> str:
    number = _say_number_text(found[3], context.tongue, context.following(found.end()))
    signs = (context.tongue.number if found[1] else "", context.tongue.minus if found[2] else "")
    return " ".join((*filter(None, signs), number))


def _say_number_text(written: str, tongue: Tongue, following: str = "") -> str:
    if written.isdecimal():
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
def _say_roman(found: re.Match[str], context: Context) -> str:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in _written(found)]
    signed = (
        -value if value < later else value for value, later in zip(values, [*values[1:], 0], strict=True)
    )
    return numerals.cardinal(sum(signed), context.tongue)


# --- abbreviations, codes, addresses, telephones ---------------------------------------------------


@_rule(r"[a-zñáéíóú]+(?:\.(?: ?[a-z]+\.)*|/[a-z]+)")
def _say_abbreviation(found: re.Match[str], context: Context) -> str | None:
    spoken = context.tongue.abbreviations.get(_written(found).lower())
    if spoken is None:
        return None
    masculine, _, feminine = spoken.partition("/")
    return feminine if feminine and context.preceding(found.start()) in ("la", "las", "una") else masculine


@_rule(r"(?-i:[A-ZÑ]\.(?:[A-ZÑ]\.)*)(?= [A-ZÁÉÍÓÚÑ])")
def _say_initials(found: re.Match[str], context: Context) -> str:
    letters = re.sub(r"\W", "", found.group())
    return numerals.spell_letters(letters, context.tongue)


@_rule(r"(?:https?://)?((?:[\w.+-]+@|@)?[\w-]+(?:\.[\w-]+)+(?:/[\w./-]*\w)?|@\w+)")
def _say_address(found: re.Match[str], context: Context) -> str | None:
    address = found[1]
    if not re.search(r"@|\.[a-z]{2,}|/", address, re.IGNORECASE) or re.fullmatch(r"[\d.,]+", address):
        return None
    pieces = re.findall(r"[^\W\d_]+|\d+|[^\w]|_", address.removeprefix("www."))
    return " ".join(context.tongue.signs.get(piece) or _say_piece(piece.lower(), context) for piece in pieces)


@_rule(r"(?=[\w/-]*\d)(?=[\w/-]*[^\W\d_])[\w/-]+")
def _say_code(found: re.Match[str], context: Context) -> str | None:
    written = _written(found)
    mixes = any(re.search(r"\d", run) and re.search(r"[^\W\d_]", run) for run in re.split(r"[-/_]", written))
    return numerals.code(written, context.tongue) if mixes or written.isupper() else None


def _telephone_at(context: Context, start: int, core: int) -> tuple[int, str, str] | None:
    """Read the telephone number that begins in this token, at its digits or at the bracket before them."""
    begin = next((place for place in range(start, core + 1) if place in context.telephones), None)
    if begin is None:
        return None
    written = context.telephones[begin]
    after = re.compile(_AFTER).match(context.text, begin + len(written))
    return (after.end(), _say_telephone(written, context.tongue), after["after"]) if after else None


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

_PIECES = re.compile(rf"(?:{_LETTER})+(?:['’·](?:{_LETTER})+)*|\d+|[&+=@%]")
_ONE_LETTER_WORDS = {Language.SPANISH: "aeouy", Language.ENGLISH: "ai"}


def _plain_words(context: Context, token: str) -> tuple[str, str]:
    """Return how a token without a rule of its own is said, and the punctuation after it."""
    pieces = list(_PIECES.finditer(token))
    if not pieces:
        return "", ""
    return " ".join(_say_piece(piece.group(), context) for piece in pieces), token[pieces[-1].end() :]


def _say_piece(piece: str, context: Context) -> str:
    if said := context.lexicon.get(piece.lower()) or context.tongue.signs.get(piece):
        return said
    if piece == "%":
        return context.tongue.percent
    if piece.isdecimal():
        return numerals.digit_string(piece, context.tongue)
    known = re.sub(r"[\u0300-\u036f]", "", piece.lower())  # accents without a letter of their own: «i̱»
    if _is_spelled(known, context, capitals=piece.isupper()):
        return numerals.spell_letters(known, context.tongue)
    return known


def _is_spelled(word: str, context: Context, *, capitals: bool) -> bool:
    """Say whether letters are read by name: single ones, and acronyms that nobody could pronounce."""
    if len(word) == 1:
        return word not in _ONE_LETTER_WORDS[context.tongue.language]
    if not re.search(r"[aeiouyáéíóúü]", word):
        return capitals or len(word) <= 5
    english = context.tongue.language is Language.ENGLISH
    return english and capitals and len(word) <= 3 and not context.text.isupper()
