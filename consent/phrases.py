"""The words the script guard looks for, in Spanish and English.

Patterns are matched against folded text (see `consent.guard.fold`): small letters without accents, one
character for each of the original, so that a match is also the place in what the person wrote.
They are made to catch what extortionists say and what endangers a family; where a harmless sentence is
caught too, it can be said another way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from consent.reasons import (
    ACCOUNT,
    ADDRESS,
    EMAIL,
    IDENTITY_NUMBER,
    LINK,
    MONEY,
    PLATE,
    PROOF_OF_LIFE,
    RANSOM,
    ReasonKind,
)

MONTHS = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
    "|january|february|march|april|may|june|july|august|september|october|november|december"
)


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives))


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


FORBIDDEN: Mapping[ReasonKind, re.Pattern[str]] = {
    MONEY: _any_of(
        r"\b(?:recompensas?|dinero|lana|pesos|dolares|euros|usd|mxn|efectivo)\b(?<!metodo efectivo)",
        r"\b(?:deposit|transfer|transfier|don(?:ar|en|e|acion|ativo)|prest(?:amo|en))\w*",
        r"\bpag(?:o|os|ar|uen|ue|aran)\b",
        r"\b(?:apoyo|ayuda|cooperacion) (?:economic[oa]|monetari[oa]|financier[oa])\b",
        r"\b(?:rewards?|money|cash|dollars?|donat\w*|payments?|pay|wire transfer|crowdfund\w*|gofundme)\b",
        r"\b(?:bitcoin|cripto\w*|crypto\w*|paypal|oxxo|spei|venmo|zelle|mercado pago)\b",
        r"[$€£]\s?\d",
    ),
    ACCOUNT: _any_of(
        r"\b(?:clabe|iban|swift|bbva|banamex|banorte|banco azteca|citibanamex)\b",
        r"\b(?:cuenta|tarjeta)s? (?:bancari|de (?:debito|credito|ahorro|nomina|cheques)|num)\w*",
        r"\b(?:numero|no\.?) de (?:cuenta|tarjeta)\b",
        r"\b(?:bank account|account number|routing number|(?:debit|credit) card|card number)s?\b",
    ),
    RANSOM: _any_of(
        r"\bransom\w*",
        r"\b(?:pag|pid|exig|cobr|mont)\w*\b.{0,40}\brescate\b",
        r"\brescate (?:economico|de \d|por)\b",
        r"\ba cambio de (?:su|mi|la) (?:liberacion|libertad|vida)\b",
        r"\bpara que (?:la|lo|me) suelten\b",
        r"\bin (?:exchange|return) for (?:her|his|my) (?:release|life)\b",
        r"\b(?:liberarl[oa]|soltarl[oa]|liberarme|soltarme) (?:si|cuando|a cambio)\b",
    ),
    PROOF_OF_LIFE: _any_of(
        r"\b(?:estoy|sigo|aun estoy|todavia estoy) (?:viv|bien|con vida|secuestrad|retenid|encerrad|cautiv|"
        r"amarrad|a salvo)\w*",
        r"\bme tienen\b(?! (?:presente|en su))",
        r"\bme (?:retienen|estan reteniendo|van a matar|tienen secuestrad\w+|quieren matar)\b",
        r"\b(?:prueba de vida|proof of life)\b",
        r"\b(?:saquenme|rescatenme|vengan por mi|estoy en manos de|estoy en poder de)\b",
        r"\bi(?: am|'m|’m| am still|'m still) (?:alive|safe|being held|held|captive|kidnapped|tied|locked)\b",
        r"\bthey (?:have me|are holding me|keep me|will kill me|are going to kill me)\b",
        r"\b(?:come and get me|get me out|rescue me|held at|being held at)\b",
    ),
    EMAIL: _any_of(
        r"[\w.+-]+\s?@\s?[\w-]+\.[\w.]+",
        r"\b[\w.]+ (?:arroba|at) (?:gmail|hotmail|outlook|yahoo|icloud|proton\w*|live)\b",
        r"\b(?:arroba|at) \w+ (?:punto|dot) (?:com|mx|org|net)\b",
    ),
    LINK: _any_of(
        r"https?:",
        r"\bwww\.",
        r"\b[\w-]+\.(?:com|mx|org|net|info|me|ly|gob|gov|edu)\b",
        r"(?<![\w.])@[a-z_][\w.]{2,}",
        r"\b(?:punto|dot) com\b",
    ),
    ADDRESS: _any_of(
        r"\b(?:calle|avenida|av\.?|calzada|calz\.?|blvd\.?|bulevar|boulevard|privada|callejon|andador|cerrada"
        r"|prolongacion|circuito|carretera)\s[\w .]{1,40}?,?\s?(?:#|num(?:ero|\.)?|no\.)?\s?\d{1,5}\b"
        rf"(?! de (?:{MONTHS}))",
        r"\b(?:manzana|mza?\.?) \w+,? (?:lote|lt\.?) \w+",
        r"\b(?:codigo postal|c\.? ?p\.?|zip(?: code)?)\s?:?\s?\d{5}\b",
        r"\b(?:departamento|depto\.?|interior|int\.?|apartment|apt\.?) (?:num\w* |no\. |#)?\d+\w?\b",
        r"\b\d{1,5} (?:[\w.]+ ){1,3}(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|lane)\b",
        r"\b(?:vive|vivo|vivia|domicilio|lives|lived) (?:en|at|is) .{0,30}(?:#|num\w*|no\.)\s?\d+",
    ),
    IDENTITY_NUMBER: _any_of(
        r"\b[a-z]{4}\d{6}[hmx][a-z]{5}[0-9a-z]\d\b",
        r"\b[a-z&]{3,4}\d{6}[a-z0-9]{3}\b",
        r"\b(?:curp|rfc)\b",
    ),
    PLATE: _any_of(
        r"\b(?:placas?|matricula|licen[cs]e plates?|number plates?|plates?)\b.{0,25}?\d",
        r"\b[a-z]{3}-\d{2,4}(?:-[a-z0-9]{1,2})?\b",
    ),
}

ALLEGATION = _any_of(
    r"\b(?:secuestr|rapt(?:o|a|ad|ar)|plagiad|asesin|homicid|feminicid|tortur|narco|sicari|violador)\w*",
    r"\b(?:levantaron|levanton|(?:fue|la|lo) levantad[oa])\b",
    r"\bprivad[oa]s? (?:ilegalmente )?de (?:la|su) libertad\b",
    r"\bdesaparicion forzada\b",
    r"\b(?:la|lo|las|los|me) (?:llevaron|llevo|subieron|golpearon|agredieron|mataron|detuvieron|obligaron)\b",
    r"\b(?:mato|mataron|violo|violaron|abuso de|abusaron|golpeo|golpearon|agredio|amenazo|amenazaron)\b",
    r"\b(?:fue|ha sido) (?:violad|golpead|agredid|amenazad|atacad|asesinad|detenid)[oa]\b",
    r"\b(?:culpables?|complices?|responsables? de (?:su|mi|la) (?:desaparicion|muerte)|sospechos[oa]s?)\b",
    r"\b(?:trata de personas|crimen organizado|delincuencia organizada|cartel|hombres armados|criminales?)\b",
    r"\b(?:kidnap|abduct|murder|traffick|tortur|rapist|assault)\w*",
    r"\b(?:killed|raped|beaten|attacked|threatened|suspects?|armed men|gunmen|cartels?|criminals?|guilty)\b",
    r"\b(?:took|taken) (?:her|him|me|by)\b",
    r"\b(?:responsible for) (?:her|his|my|the) (?:disappearance|death)\b",
)

_SOURCES = "complaint|report|prosecutors?|authorities|police|witness(?:es)?|family|file"
ATTRIBUTION = _any_of(
    r"\b(?:segun|de acuerdo con|conforme a|con base en) (?:\w+ ){0,2}?(?:denuncia|carpeta|reporte|fiscalia"
    r"|procuraduria|ficha|boletin|autoridad(?:es)?|testimonios?|testigos?|expediente|familia|comision)\b",
    r"\b(?:denuncia|carpeta|fiscalia|procuraduria|autoridad(?:es)?|familia|comision) (?:senala|dice|refiere"
    r"|denuncio|informo|informa|reporto|reporta|investiga|indica|declaro)\b",
    r"\b(?:consta en la|quedo en la) (?:denuncia|carpeta)\b",
    r"\b(?:fue denunciad[oa]|se denuncio|ha sido denunciad[oa])\b",
    rf"\baccording to (?:\w+ ){{0,2}}?(?:{_SOURCES})\b",
    rf"\b(?:{_SOURCES}) (?:says?|states?|reports?|reported|said)\b",
)

SPEAKS_AS_THE_PERSON = _words(
    r"me llamo",
    r"mi nombre es",
    r"yo soy",
    r"desapareci",
    r"me busca\w*",
    r"me est(?:a|an) buscando",
    r"fui vist[oa]",
    r"me vieron",
    r"my name is",
    r"i am",
    r"i['’]m",
    r"i was",
    r"i (?:disappeared|went missing|vanished)",
    r"(?:looking|searching) for me",
)

NUMBER_WORD = (
    r"(?:cero|uno|un|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince"
    r"|dieci\w+|veint\w+|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|ciento"
    r"|zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety)"
)
SPELLED_NUMBER = re.compile(rf"\b{NUMBER_WORD}(?:(?:,? (?:y |and )?|-){NUMBER_WORD}){{4,}}\b")
LONG_NUMBER = re.compile(r"(?<![\d/])\+?\(?\d(?:[ ().-]{0,3}\d){6,18}(?![\d/])")
SHORT_LINE = re.compile(
    r"\b(?:llam\w+|marc\w+|marque\w*|call|dial|telefono|tel|phone|whatsapp|text)\b(?: \w+){0,3}? (\d{3})\b"
    r"(?![ .-]?\d)"
)
DATE = re.compile(
    r"\b(?:\d{1,2}[-./]\d{1,2}[-./]\d{4}|\d{4}[-./]\d{1,2}[-./]\d{1,2}|(?:19|20)\d\d ?- ?(?:19|20)\d\d)\b"
)
