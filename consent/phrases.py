"""The words the script guard looks for, in Spanish and English.

Patterns are matched against folded text (see `consent.folding.fold`): small letters without accents, one
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


# Whose relative a narrator may say to be without speaking as the missing person.
_KIN = (
    r"(?:mam|madre|pap|padre|herman|hij|abuel|ti[ao]\b|prim[ao]|espos|parej|amig|famili|vecin|voluntari"
    r"|mother|father|mom|dad|sister|brother|daughter|son\b|aunt|uncle|cousin|wife|husband|friend|grand)"
)
_HOME = r"(?:vive\w*|vivi[ao]\w*|vivimos|casa|domicilio|hogar|lives?|lived|house|home)"
_DOMAIN_ENDS = "com|mx|org|net|info|me|ly|gob|gov|edu|es|io|app|co|link|xyz|tv|online|site|page|gle"

FORBIDDEN: Mapping[ReasonKind, re.Pattern[str]] = {
    MONEY: _any_of(
        r"\b(?:recompensas?|gratific\w+|dinero|lana|pesos|dolares|euros|usd|mxn"
        r"|efectivo)\b(?<!metodo efectivo)",
        r"\b(?:deposit|transfer|transfier|don(?:ar|en|e|acion|ativo)|prest(?:amo|en)|remuner|aportaci)\w*",
        r"\b(?:limosna|colecta|coperacha|boteo|rifa|kermes|fondos|recargas?|saldo|remesas?|giro postal)\b",
        r"\bpag(?:o|os|a|an|ar\w*|uen?|amos|ado)\b(?! (?:con su libertad|las consecuencias))",
        r"\b(?:apoyo|ayuda|cooperacion) (?:economic[oa]|monetari[oa]|financier[oa]|en especie)\b",
        r"\b(?:apoy|ayud|cooper|colabor|aport)\w* con (?:lo que|algo|un[oa]?s? (?:moneda|peso)"
        r"|cualquier cantidad)",
        r"\b(?:tarjetas? de regalo|gift cards?|fund ?rais\w*|raise (?:funds|money)|funds|bucks|quid)\b",
        r"\b(?:rewards?|money|cash|dollars?|donat\w*|payments?|wire transfer|crowdfund\w*|gofundme)\b",
        r"\bpa(?:y|ys|ying|id)\b(?! (?:attention|heed|respects?|tribute))",
        r"\b(?:(?:chip|pitch) in|contribut\w+ (?:to|what|any|\$)|compensat\w+|cash ?app)\b",
        r"\b(?:bitcoin|cripto\w*|crypto\w*|paypal|oxxo|spei|venmo|zelle|mercado pago|western union"
        r"|moneygram)\b",
        r"[$€£]\s?\d",
    ),
    ACCOUNT: _any_of(
        r"\b(?:clabe|iban|swift|codi|bbva|banamex|banorte|banco azteca|citibanamex|bancoppel|santander"
        r"|hsbc)\b",
        r"\b(?:scotiabank|inbursa|banregio|banbajio|afirme|bancomer|banco del bienestar|wells fargo"
        r"|chase bank)\b",
        r"\b(?:cuenta|tarjeta)s? (?:bancari|de (?:debito|credito|ahorro|nomina|cheques)|num|terminacion)\w*",
        r"\b(?:mi|su|la|nuestra) (?:cuenta|tarjeta) (?:es|termina|a nombre)\b",
        r"\b(?:numero|no\.?) de (?:cuenta|tarjeta)\b",
        r"\b(?:codigo|qr) de cobro\b",
        r"\b(?:bank account|account number|routing number|(?:debit|credit) card|card number)s?\b",
        r"\baccount (?:at|ends|ending|with) ",
    ),
    RANSOM: _any_of(
        r"\bransom\w*",
        r"\b(?:pag|pid|exig|cobr|mont)\w*\b.{0,40}\brescate\b",
        r"\brescate (?:economico|de \d|por)\b",
        r"\ba cambio de (?:su|mi|la) (?:liberacion|libertad|vida)\b",
        r"\b(?:si|para) (?:quier\w+ |dese\w+ )?(?:volver a |poder )?ver(?:la|lo|me)\b.{0,30}"
        r"(?:pid|pag|junt|hag|entreg|deposit|cumpl)\w*",
        r"\bsi (?:la|lo|me) quieren? (?:de vuelta|viv[oa]|de regreso)\b",
        r"\bno (?:la|lo|me) (?:vuelve|volvera)[ns]? a ver\b",
        r"\bno (?:le )?(?:avis|dig|llam|habl|vay)\w+ (?:nada )?(?:a|con) (?:la |nadie|las )?(?:policia"
        r"|autoridad\w*)?"
        r".{0,10}(?:\bo\b|porque|si no)",
        r"\b(?:exig|pid)en? (?:una cantidad|una suma|algo|dinero|\d)",
        r"\bpara que (?:la|lo|me) (?:suelten|liberen|devuelvan|regresen)\b",
        r"\b(?:la|lo|me|los|las) (?:suelt\w+|solt\w+|liber\w+|regres\w+|devuelv\w+|dej\w+ ir) "
        r"(?:si|cuando|en cuanto|a cambio|hasta que|por|al recibir)\b",
        r"\b(?:liberar|soltar|devolver|regresar)(?:l[oa]|me) (?:si|cuando|en cuanto|a cambio)\b",
        r"\b(?:hag|haz|cumpl|junt)\w* (?:con )?lo que (?:(?:les?|te|nos) )?(?:dic|dig|pid|ped|exig)\w*",
        r"\btienen? (?:\d+|\w+) (?:horas|dias) para (?:entreg|deposit|junt|pag|reun|cumpl)\w*",
        r"\b(?:entreg|cumpl)\w+ (?:con )?lo (?:acordado|pactado|convenido)\b",
        r"\bin (?:exchange|return) for (?:her|his|my) (?:release|life|freedom)\b",
        r"\bdo (?:exactly )?(?:what|as) (?:they|we) (?:ask|say|tell|want|demand)\b",
        r"\bif you (?:ever )?want (?:to see )?(?:her|him|me) (?:again|back|alive|unharmed)\b",
        r"\byou(?:'ll| will) never see (?:her|him|me)\b",
        r"\b(?:don't|do not|no) (?:go to |call |tell |talk to )?(?:the )?(?:police|cops|authorities)\b.{0,10}"
        r"\b(?:or|if you want)\b",
        r"\b(?:let|set) (?:her|him|me) (?:go|free|loose) (?:once|when|if|after|as soon)\b",
        r"\brelease (?:her|him|me) (?:once|when|if|after|as soon|for)\b",
        r"\byou have (?:\d+|\w+) (?:hours|days) to (?:pay|deliver|send|bring|get|hand)\b",
        r"\b(?:deliver|bring|send|hand over) (?:what|the amount)\b.{0,20}\b(?:agreed|asked|demanded)\b",
    ),
    PROOF_OF_LIFE: _any_of(
        r"\b(?:estoy|sigo|aun estoy|todavia estoy) (?:viv|bien|con vida|secuestrad|retenid|encerrad|cautiv|"
        r"amarrad|a salvo|con ellos|aqui con)\w*",
        r"\b(?:sigue|esta|continua|se encuentra) (?:viv[oa]|con vida)\b",
        r"\b(?:respiro|sigo respirando)\b",
        r"\bme tienen\b(?! (?:presente|en su))",
        r"\b(?:la|lo) tienen (?:en un|encerrad|retenid|secuestrad|amarrad|cautiv|escondid)\w*",
        r"\bme (?:retienen|estan reteniendo|van a matar|tienen secuestrad\w+|quieren matar|encerraron"
        r"|amarraron"
        r"|metieron|trajeron|tratan bien|dan de comer|traen)\b",
        r"\bno me (?:dejan|sueltan|permiten|han hecho|hacen) ",
        r"\bno se (?:en )?donde (?:estoy|me tienen|es|me encuentro)\b",
        r"\bpara que (?:yo )?(?:vuelva|regrese|salga)\b",
        r"\b(?:(?:ya )?no me busquen|dejen de buscarme|por mi (?:propia )?voluntad|me fui (?:porque"
        r"|sol[oa]))\b",
        r"\b(?:prueba de vida|proof of life)\b",
        r"\b(?:saquenme|rescatenme|vengan por mi|estoy en manos de|estoy en poder de)\b",
        r"\bi(?: am|'m|’m| am still|'m still|’m still) (?:alive|safe|okay|ok|fine|unharmed|all right"
        r"|being held|held"
        r"|captive|kidnapped|tied|locked|with them)\b",
        r"\b(?:is|are|she's|he's) (?:still )?alive\b",
        r"\b(?:is|are|was) (?:being )?(?:locked|tied|chained|kept) (?:up )?(?:in|at|to) ",
        r"\b(?:won't|will not|don't|do not|would not) let me\b",
        r"\bi (?:don't|don’t|do not) know where i am\b",
        r"\b(?:(?:stop|quit) (?:looking|searching) for me|(?:don't|do not) (?:look|search) for me)\b",
        r"\b(?:of my own (?:free )?will|i left because|still breathing)\b",
        r"\bthey (?:have me|are holding me|keep me|will kill me|are going to kill me)\b",
        r"\bthey (?:feed|beat|hurt|tied|locked|brought|treat) me\b",
        r"\b(?:come and get me|get me out|rescue me|held at|being held at)\b",
    ),
    EMAIL: _any_of(
        r"[\w.+-]+\s?@\s?[\w-]+\.[\w.]+",
        r"\b(?:gmail|hotmail|outlook|yahoo|icloud|protonmail)\b",
        r"\b[\w.-]+ ?[\[({]? ?(?:arroba|at) ?[\])}]? ?[\w-]+ ?[\[({]? ?(?:punto|dot) ?[\])}]? ?\w+",
    ),
    LINK: _any_of(
        r"https?:",
        r"\bwww\.",
        rf"(?<![@\w.+-])[\w-]+(?:\.[\w-]+)*\.(?:{_DOMAIN_ENDS})\b",
        r"(?<![\w.])@[a-z_][\w.]{2,}",
        r"\b(?:facebook|instagram|tiktok|telegram|twitter|youtube)\b.{0,12}\b(?:como|arroba|usuario|as"
        r"|handle)\b",
        r"(?<!arroba )(?<!at )\b\w+ (?:punto|dot) (?:com|org|net|mx"
        r"|info)\b(?<!gmail dot com)(?<!gmail punto com)",
    ),
    ADDRESS: _any_of(
        r"\b(?:calle|avenida|av\.?|calzada|calz\.?|blvd\.?|bulevar|boulevard|privada|callejon|andador|cerrada"
        r"|prolongacion|circuito|carretera)\s[\w .]{1,40}?,?\s?(?:#|num(?:ero|\.)?|no\.|casa)?\s?\d{1,5}\b"
        rf"(?! de (?:{MONTHS}))",
        r"\b(?!(?:de|del|ano|en|the|in) )[a-z]+ \d{1,5},? (?:colonia|col\.|fraccionamiento|fracc|barrio"
        r"|altos)\b",
        r"\b(?:manzana|mza?\.?) \w+,? (?:lote|lt\.?) \w+",
        r"\b(?:codigo postal|c\.? ?p\.?|zip(?: code)?)\s?:?\s?\d{5}\b",
        r"\b(?:departamento|depto\.?|interior|int\.?|apartment|apt\.?) (?:num\w* |no\. |#)?\d+\w?\b",
        r"\b(?:interior|casa|house|suite|unit) (?:numero |number |num\.? |no\.? |#)?(?:\d+|[a-f])\b",
        r"\b(?:kilometro|km\.?) ?\d+(?:[.+]\d+)? (?:de la |de )?(?:carretera|autopista|highway|road)\b",
        r"\b\d{1,5} (?:[\w.]+ ){1,3}(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|lane|court|ct|place"
        r"|terrace|circle|way)\b",
        rf"\b{_HOME}\b.{{0,40}}(?:#|\bnum\w*|\bno\.)\s?\d+",
        rf"\b{_HOME}\b.{{0,30}}\b(?:esquina (?:de|con)|corner of)\b",
    ),
    IDENTITY_NUMBER: _any_of(
        r"\b[a-z]{4}\d{6}[hmx][a-z]{5}[0-9a-z]\d\b",
        r"\b[a-z&]{3,4}\d{6}[a-z0-9]{3}\b",
        r"\b[a-z]{6}\d{8}[hm]\d{3}\b",
        r"\b(?:curp|rfc)\b",
        r"\b(?:clave de elector|credencial (?:de elector|del ine)|ine|cedula(?: profesional)?|pasaporte"
        r"|passport"
        r"|(?:numero de )?seguro social|nss|social security|ssn|licencia de (?:conducir|manejo)"
        r"|driver'?s licen[cs]e)\b.{0,25}?\d",
    ),
    PLATE: _any_of(
        r"\b(?:placas?|matricula|laminas?|licen[cs]e plates?|number plates?|plates?|(?:license "
        r"|the )tags?)\b.{0,25}?\d",
        r"\b[a-z]{3}-\d{2,4}(?:-[a-z0-9]{1,2})?\b",
    ),
}

ALLEGATION = _any_of(
    r"\b(?:secuestr|rapt(?:o|a|ad|ar)|plagiad|asesin|homicid|feminicid|tortur|narco|sicari|violador)\w*",
    r"\b(?:extorsion|encubr|complic|corrupt|prostitu|maltrat|acos(?:o|ab|ad)|golpiza|tratante|mafi)\w*",
    r"\b(?:levantaron|levanton|(?:fue|la|lo) levantad[oa])\b",
    r"\bprivad[oa]s? (?:ilegalmente )?de (?:la|su) libertad\b",
    r"\bdesaparicion forzada\b",
    r"\b(?:la|lo|las|los|me) (?:llevaron|llevo|subieron|golpearon|agredieron|mataron|detuvieron|obligaron"
    r"|desaparecio|desaparecieron|vendio|vendieron|entregaron|engano|enganaron|persegui\w+)\b",
    r"\b(?:la|lo|las|los) tienen\b(?! (?:presente|que|en su))",
    r"\b(?:le|les|me) (?:pega|pego|pegaba|pegaban|pegaron|grito|gritaba|hizo dano|hicieron dano|quito)\b",
    r"\b(?:mato|mataron|violo|violaba|violaron|abuso de|abusaron|abusaba|golpeo|golpearon|golpeaba"
    r"|agredio)\b",
    r"\b(?:amenazo|amenazaba|amenazaron|(?:habia|habian) amenazado)\b",
    r"\b(?:fue|ha sido) (?:violad|golpead|agredid|amenazad|atacad|asesinad|detenid|llevad|vendid"
    r"|obligad)[oa]\b",
    r"\bfue (?:su|el|la|un|una) (?:ex|jef|novi|parej|padrastr|madrastr|vecin|marid|espos|patron|polici"
    r"|alcald|ti[oa]\b"
    r"|prim[oa]\b|compan|maestr|militar|solda)\w*",
    r"\b(?:culpables?|complices?|los responsables|responsables? de (?:su|mi|la) (?:desaparicion|muerte))\b",
    r"\bsospechos[oa]s?\b",
    r"\b(?:trata de personas|red(?:es)? de trata|crimen organizado|delincuencia organizada|cartel"
    r"|hombres armados"
    r"|criminales?|delincuentes?|pandill\w+)\b",
    r"\b(?:kidnap|abduct|murder|traffick|tortur|rapist|assault|extort|stalk|harass|corrupt)\w*",
    r"\b(?:killed|raped|beaten|attacked|threatened|suspects?|armed men|gunmen|cartels?|criminals?|guilty"
    r"|gangs?)\b",
    r"\b(?:took|taken|dragged|grabbed|forced|sold|hit|hurt|beat|abused|drugged) (?:her|him|me|by|into"
    r"|to an?)\b",
    r"\bdid (?:this|it|that) to (?:her|him|me)\b",
    r"\b(?:cover(?:ing|ed|s)?) (?:up|for)\b",
    r"\b(?:responsible for|behind|to blame for) (?:her|his|my|the) (?:disappearance|death)\b",
    r"\bit was (?:her|his) (?:ex|boss|boyfriend|girlfriend|husband|wife|stepfather|neighbou?r|uncle"
    r"|partner)\b",
)

_SOURCES = "complaint|report|prosecutors?|authorities|police|witness(?:es)?|family|file"
ATTRIBUTION = _any_of(
    r"\b(?:segun|de acuerdo con|conforme a|con base en) (?:\w+ ){0,2}?(?:denuncia|carpeta|reporte|fiscalia"
    r"|procuraduria|ficha|boletin|autoridad(?:es)?|testimonios?|testigos?|expediente|familia|comision)\b",
    r"\b(?:denuncia|carpeta|fiscalia|procuraduria|autoridad(?:es)?|familia|comision|testigos?|ficha|boletin) "
    r"(?:(?:senala|dice|refiere|denuncia|informa|reporta|investiga|indica|declara)n?"
    r"|denuncio|informo|reporto|declaro|denunciaron|informaron|reportaron|declararon)\b",
    r"\b(?:consta en la|quedo en la) (?:denuncia|carpeta)\b",
    r"\b(?:fue denunciad[oa]|se denuncio|ha sido denunciad[oa])\b",
    rf"\baccording to (?:\w+ ){{0,2}}?(?:{_SOURCES})\b",
    rf"\b(?:{_SOURCES}) (?:says?|states?|reports?|reported|said)\b",
)

SPEAKS_AS_THE_PERSON = _words(
    r"me llamo",
    r"mi nombre es",
    rf"soy(?! (?:su|la|el|un|una) {_KIN})",
    r"desapareci",
    r"sali de (?:mi|la|casa)",
    r"(?:tengo|tenia yo|cumpli) (?:\d+|\w+) anos",
    r"mido",
    r"(?:mi rostro|mi cara|mi fotografia|mi foto|mi desaparicion)",
    r"me busca\w*",
    r"(?:buscar|encontrar|reconocer|esperar)me",
    r"me est(?:a|an) buscando",
    r"me (?:has|han|ha) visto",
    r"me (?:extranan|esperan) en casa",
    r"fui vist[oa]",
    r"me vieron",
    r"quiero (?:volver|regresar)",
    r"my name is",
    rf"i am(?! (?:her|his|the|a) {_KIN})",
    rf"i['’]m(?! (?:her|his|the|a) {_KIN})",
    r"i was",
    r"i (?:have|['’]ve) been missing",
    r"i (?:disappeared|went missing|vanished|left home|want to (?:come|go) home)",
    r"(?:looking|searching|look|search) for me",
    r"(?:seen|find|found|recognise|recognize) me",
    r"bring me home",
    r"my (?:face|photograph|disappearance)",
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
    r"\b(?:llam\w+|marc\w+|marque\w*|call|dial|telefono|tel|phone|whatsapp|text)\b(?: \w+){0,5}? (\d{3})\b"
    r"(?![ .-]?\d)"
)
DATE = re.compile(
    r"\b(?:\d{1,2}[-./]\d{1,2}[-./]\d{4}|\d{4}[-./]\d{1,2}[-./]\d{1,2}|(?:19|20)\d\d ?- ?(?:19|20)\d\d)\b"
)
