"""Where sentences end, in the scripts newsrooms write. Pure, linear; no dictionaries, so it errs on the longer side."""

import re

_ENDING = re.compile(
    r"(?:(?P<wide>[。！？｡．]+)|(?P<other>[।॥؟۔։።។။\u037e]+)|(?P<mark>[!?…]+|\.\.\.+)|(?P<dot>\.)|(?P<greek>;))"
    r"(?P<close>[\"'”’»›)\]」』）】]*)(?P<blank>\s+|\Z)?"
)
_BLANKS = re.compile(r"\s*\n\s*| {2,}")
_BEFORE = re.compile(r"[^\s(\[{\"'“‘«„]*\Z")
_ABBREVIATIONS = {
    language: frozenset(words.split())
    for language, words in {
        "": "mr mrs ms dr prof st sr jr vs",
        "en": "rev hon gen col lt sgt capt gov sen rep pres inc ltd co corp dept approx jan feb aug sept oct nov dec",
        "fr": "m mm mme mlle mgr me av env",
        "de": "bzw ca evtl ggf inkl nr str tel usw vgl zzgl hr geb mio mrd std abs",
        "es": "sra srta d dña ud uds ee dres núm pág avda",
        "it": "dott sig sigg avv ing",
        "nl": "dhr mevr mw blz bijv enz jl",
        "pt": "sra dra av exmo",
        "el": "κ κος κα δρ αρ σελ χιλ εκ δισ",
        "uk": "гр ул вул ім тис млн млрд грн проф акад див обл",
        "ru": "гг ул им руб тыс млн млрд проф акад стр рис обл",
        "pl": "tzw tzn ul im godz inż mgr np por zob",
    }.items()
}
"""Words that a full stop belongs to, by language; "" is for all."""
_ORDINAL_LANGUAGES = frozenset(("cs", "da", "de", "et", "fi", "hr", "hu", "lv", "nb", "no", "sk", "sl", "sr", "tr"))
_STARTERS = frozenset(
    ("The", "This", "That", "It", "He", "She", "They", "We", "I", "In", "On", "At", "A", "An", "But", "His")
)


def sentences(text: str, n: int, *, language: str | None = None) -> str:
    """Give the first ``n`` sentences of a text on one line (all of it when it has fewer)."""
    if n <= 0:
        return ""
    ends = 0
    for match in _ENDING.finditer(text):
        if _ends_sentence(text, match, (language or "").lower()):
            ends += 1
            if ends == n:
                text = text[: match.end("close")]
                break
    return _BLANKS.sub(" ", text).strip()


def _ends_sentence(text: str, match: re.Match[str], language: str) -> bool:
    if match["wide"] or (match["other"] and match["blank"] is not None):
        return True
    if match["blank"] is None:
        return False
    if match["greek"]:
        return language.startswith("el") or _is_greek(text[max(0, match.start() - 3) : match.start()])
    following = text[match.end() : match.end() + 24].lstrip("\"'“‘«„([¿¡—–- ")
    if not following:
        return True
    if following[0].islower() and "\n" not in match["blank"]:
        return False
    return not match["dot"] or bool(match["close"]) or not _is_abbreviation(text, match.start(), following, language)


def _is_greek(text: str) -> bool:
    return any("\u0370" <= sign <= "\u03ff" or "\u1f00" <= sign <= "\u1fff" for sign in text)


def _is_abbreviation(text: str, dot: int, following: str, language: str) -> bool:
    """Say whether the full stop at ``dot`` belongs to the word before it ("Dr.", "z. B.", "U.S.", "3. Mai")."""
    found = _BEFORE.search(text, max(0, dot - 24), dot)
    word = found[0] if found else ""
    if word.isdigit():
        return len(word) <= 2 and language[:2] in _ORDINAL_LANGUAGES
    if "." in word or (len(word) == 1 and word.isalpha() and not _is_spaceless(word)):
        return following.split(maxsplit=1)[0].rstrip(",") not in _STARTERS
    if word.lower() == "no":
        return following[0].isdigit()
    return word.lower() in _ABBREVIATIONS[""] or word.lower() in _ABBREVIATIONS.get(language[:2], ())


def _is_spaceless(sign: str) -> bool:
    return sign >= "\u3000" or "\u0e00" <= sign <= "\u0eff"
