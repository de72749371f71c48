"""Where a shortened text must not end: right behind, or right before, a word that turns its meaning round (C10). Pure.

"The minister did not…" and "Der Kanzler tritt…" (nicht zurück) step back to "The minister…" and "Der Kanzler…". Words
only, no grammar: a word that is no negation where it stands costs the teaser that one word.
"""

import re

_DENIALS = """
not nicht niet inte ikke ikkje ej pas değil yok
no non neither never nor none without nobody nothing hardly
nie niemals kein keine keinen keinem keiner keines ohne weder niemand nichts
geen nooit zonder niemand niets aldrig aldri inga inget ingen utan uten uden
ne sans aucun aucune ni nul nulle jamais rien
nunca jamás sin ningún ninguna ninguno nadie nada tampoco
senza nessun nessuno nessuna né neppure neanche niente
não sem nem nenhum nenhuma ninguém
ei eivät älä ilman nem nincs nélkül nu niciun nicio niciodată fără nici
nigdy bez żaden żadna nikt nic není nejsou nikdy žádný žádná nikdo nebude nije nisu neće nema nav nebūs nėra
не ни нет нельзя никто ничто без никакой никогда ні немає нема жоден жодна ніхто ніколи няма нито
δεν δε μην μη όχι χωρίς ούτε ποτέ κανείς κανένας καμία τίποτα δίχως
لا لم لن ليس ليست لست غير بدون دون بلا نه بدونِ نہیں
לא אין אינו אינה אינם בלי ללא אל
नहीं न मत बिना 안 못
"""
_FOLLOWING = "not nicht niet inte ikke ikkje ej pas değil yok नहीं নহে না নয় نہیں"
"""They deny the word before them: a cut between the two says the opposite."""

_DENYING = frozenset(_DENIALS.split())
_NEXT = frozenset(_FOLLOWING.split())
_KOREAN = ("않", "못", "없", "아니")
_FRENCH_SECOND = frozenset(("pas", "plus", "jamais", "rien", "guère", "aucun", "aucune", "personne", "que", "point"))
_FRENCH_FIRST = re.compile(r"(?<!\S)(?:ne(?=\s)|n[’'])[^\s.!?;:]*(?:\s+[^\s.!?;:]+){0,3}\s*\Z", re.IGNORECASE)
_CONTRACTED = ("n't", "n’t", "cannot")
_EDGE = "\"'“”‘’„«»‹›([{)]}—–-…,;:.!?¿¡"
_CLOSES = frozenset(",;:.!?")
"""A negation before one of these has said all it has to say."""
_WORD = re.compile(r"(?<!\S)\S+\Z")
_GLUED = re.compile(
    r"(?:没有|沒有|不会|不會|不是|不再|[不没沒未无無勿]|(?<![特分级性区个差辨告离类])[别別]|(?<![南北东西中])非"
    r"|ไม่ได้|ไม่|มิได้|ห้าม|อย่า)\Z"
)
_GLUED_NEXT = re.compile(r"(?:ない|なかっ|なく|ません|ず[、。に]|ぬ[、。])")
_JAPANESE_VERB = re.compile(r"[\u4e00-\u9fff]{0,4}[\u3041-\u309f]{1,3}\Z")
_STEPS = 4
_LEAST = 3
"""The step back may not leave less than a third: then the ellipsis alone has to say that something is missing."""


def trusted_end(text: str, end: int) -> int:
    """Give where a text that is to be cut after ``end`` characters is cut without tearing a negation apart."""
    found = end
    for _ in range(_STEPS):
        earlier = _before(text, found)
        if earlier == found:
            return found
        if earlier * _LEAST < end:
            return end
        found = earlier
    return found


def _before(text: str, end: int) -> int:
    head = text[max(0, end - 200) : end].rstrip()
    end -= len(text[max(0, end - 200) : end]) - len(head)
    following = text[end : end + 60].split(maxsplit=1)
    after = following[0].strip(_EDGE).casefold() if following else ""
    last = _last_word(head)
    bare = "" if last[-1:] in _CLOSES or text[end : end + 1] in _CLOSES else last.strip(_EDGE).casefold()
    if text[end : end + 1].isspace() and last[-1:] not in _CLOSES:
        if after in _FRENCH_SECOND and (french := _FRENCH_FIRST.search(head)):
            return _without(end, head, french.start())
        if after in _NEXT or after.startswith(_KOREAN):
            return _without(end, head, len(head) - len(last))
    if bare.endswith(_CONTRACTED) or bare in _DENYING or bare.startswith(("n'", "n’")):
        return _without(end, head, len(head) - len(last))
    if glued := _GLUED.search(head):
        return _without(end, head, glued.start())
    if _GLUED_NEXT.match(text, end) and (verb_end := _JAPANESE_VERB.search(head)):
        return _without(end, head, verb_end.start())
    return end


def _last_word(head: str) -> str:
    found = _WORD.search(head)
    return found[0] if found else ""


def _without(end: int, head: str, kept: int) -> int:
    """Give the end when only ``kept`` characters of ``head``, which ends at ``end``, stay."""
    return end - len(head) + len(head[:kept].rstrip())
