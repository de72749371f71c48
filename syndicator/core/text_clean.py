"""Makes text from outside harmless: invisible and direction-changing characters go, foreign mentions are defused.

Pure, linear. Words are never changed, translated or cut here.
"""

import re
from functools import cache, lru_cache, partial
from typing import Any
from unicodedata import normalize

from syndicator.core.text_entities import cashtags_in, urls_in

JOINER = "\u2060"
"""WORD JOINER: no width, no line break, and after ``@``, ``#`` or ``$`` no platform sees a mention, tag or ticker."""

_ORDINARY = re.compile(
    r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u202f-\u205e\u20a0-\u20bf\u2116\u2122\n"
    r"\u0386\u0388-\u0482\u048a-\u052f\u05d0-\u05ea\u05f3\u05f4"  # Greek, Cyrillic, Hebrew without points
    r"\u060c\u061b\u061f-\u064a\u0660-\u066f\u0671-\u06d3"  # Arabic without vowel signs
    r"\u3001-\u3020\u3041-\u3096\u309d-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff01-\uff9d]*+\Z"  # CJK
)
"""Text in which there is nothing to do: whole letters and signs, no mark that joins them, nothing unseen."""
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_REMOVED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufdd0-\ufdef\ufff0-\ufffc\ufffe\uffff\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e001f"
    "\U000e0080-\U000e00ff\U000e01f0-\U000e0fff\U000ffffe-\U000fffff\U0010fffe-\U0010ffff]"
)
_JOINERS = re.compile("[\u180b-\u180d\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]")
"""What ``_shapes`` looks around."""
_BLANKS = re.compile(r"[ \t\u2800]{2,}|[\t\u2800]")
_AT = re.compile(r"(?:(?<![A-Za-z0-9_])|(?<=\b[rR][tT]))([@＠]+)(?=\w)")
_HASH = re.compile(r"(?<!&)([#＃]+)(?=[\w\U00010000-\U0010ffff])(?!\d+\b)")
"""Letters beyond the first plane count as such even where the interpreter is older than they are."""
_MARKS = 4


def clean(text: str) -> str:
    """Normalise to NFC and remove what nobody can see or what turns the writing direction.

    Kept: joiners inside emoji and where a script needs them, variation signs on emoji and ideographs, direction marks
    in right-to-left text, at most four combining marks on one base. Line ends become ``\\n``, runs of blanks one blank.
    """
    if _ORDINARY.match(text) and "  " not in text:
        return text
    text = _REMOVED.sub("", _LINE_ENDS.sub("\n", text))
    text = normalize("NFC", text)
    if not text.isascii():
        stray, zalgo, rtl = _shapes()
        text = zalgo.sub(r"\1", stray.sub("", text) if _JOINERS.search(text) else text)
        if not rtl.search(text):
            text = text.translate(_DIRECTION_MARKS)
    return _BLANKS.sub(" ", text)


_DIRECTION_MARKS = dict.fromkeys((0x200E, 0x200F, 0x061C))


@cache
def _shapes() -> tuple[Any, Any, Any]:
    """Compile: joiners and selectors out of place; too many marks; a right-to-left letter."""
    import regex

    pictograph = r"[\p{Extended_Pictographic}\U0001F3FB-\U0001F3FF\uFE0F]"
    joining = (
        r"[\p{Arabic}\p{Syriac}\p{Mongolian}\p{Nko}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}"
        r"\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Tibetan}\p{Myanmar}\p{Khmer}\p{Thaana}]"
    )
    stray = regex.compile(
        rf"(?<!{joining}\p{{M}}{{0,4}})(?<!{pictograph})\u200D"  # ZWJ: after a letter that joins, or inside an emoji
        rf"|(?<={pictograph})\u200D(?!\p{{Extended_Pictographic}})"
        rf"|(?<!{joining}\p{{M}}{{0,4}})\u200C"
        r"|(?<![\p{Extended_Pictographic}\U0001F3FB-\U0001F3FF#*0-9])[\uFE0E\uFE0F]"
        r"|(?<!\p{Han})[\uFE00-\uFE0D\U000E0100-\U000E01EF]"
        r"|(?<!\p{Mongolian})[\u180B-\u180D]"
        r"|(?<!\U0001F3F4[\U000E0020-\U000E007E]{0,8})[\U000E0020-\U000E007F]"
    )
    zalgo = regex.compile(rf"([\p{{M}}--[\uFE0E\uFE0F]]{{{_MARKS}}})[\p{{M}}--[\uFE0E\uFE0F]]++", regex.V1)
    return stray, zalgo, regex.compile(r"[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}]")


def defuse(text: str, *, max_cashtags: int | None = 1, allow: tuple[str, ...] = ()) -> str:
    """Break mentions and hashtags, and cashtags after the first ``max_cashtags`` (None: all may stay), with a joiner.

    What lies inside a link stays as it is; numbers (``#16``) and mail addresses are no entities and stay too. What
    ``allow`` names (``@EU_today``, ``#EU``, ``$TSLA``; capitals do not matter) stays alive, and does not count.
    """
    if "@" in text or "＠" in text or "#" in text or "＃" in text:
        joined = partial(_joined, allowed=_allowed(allow))
        text = _outside_links(text, lambda part: _HASH.sub(joined, _AT.sub(joined, part)))
    return limit_cashtags(text, max_cashtags, allow=allow)


def limit_cashtags(text: str, max_cashtags: int | None, *, allow: tuple[str, ...] = ()) -> str:
    """Break every cashtag after the first ``max_cashtags`` that ``allow`` does not name; None leaves all."""
    if max_cashtags is None or "$" not in text:
        return text
    allowed = _allowed(allow)
    found = [start for start, _ in cashtags_in(text) if not (allowed and allowed.match(text, start))]
    for start in reversed(found[max_cashtags:]):
        text = text[: start + 1] + JOINER + text[start + 1 :]
    return text


@lru_cache(maxsize=64)
def _allowed(allow: tuple[str, ...]) -> re.Pattern[str] | None:
    """Compile what may stay; it has to be the whole name, not the beginning of a longer one."""
    names = "|".join(re.escape(name) for name in sorted(allow, key=len, reverse=True))
    return re.compile(rf"(?:{names})(?!\w)", re.IGNORECASE) if names else None


def neutral(text: str, *, max_cashtags: int | None = 1) -> str:
    """Clean and defuse text from a source (C02–C04): it can no longer hide, mention, tag or turn anything."""
    return defuse(clean(text), max_cashtags=max_cashtags)


def _joined(match: re.Match[str], *, allowed: re.Pattern[str] | None = None) -> str:
    if allowed is not None and allowed.match(match.string, match.start()):
        return match[0]
    return "".join(sign + JOINER for sign in match[1])


def _outside_links(text: str, change: Any) -> str:
    parts: list[str] = []
    position = 0
    for start, end in urls_in(text):
        parts += [change(text[position:start]), text[start:end]]
        position = end
    return "".join([*parts, change(text[position:])])
