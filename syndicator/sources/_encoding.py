"""Bytes to text (F26): the right characters or a refusal, never U+FFFD of our own making. Pure.

What bytes *are* counts more than what they say: a body that decodes strictly as UTF-8 and has multi-byte characters is
UTF-8, whatever its declaration. Stray bytes in an otherwise UTF-8 body are read as Windows-1252 one by one.
"""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The first characters of a document without a byte order mark: "<?", "<r", "{" … with their zero bytes.
_ZEROS = (
    (re.compile(rb"[<{\s]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\s]"), "utf-32-be"),
    (re.compile(rb"[<{\s]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{\s]\0[^\0]"), "utf-16-be"),
)
_DECLARED = (
    re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.IGNORECASE),
    re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE),
)
_STATEFUL = frozenset({"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr", "hz"})
CODECS = frozenset(
    {
        *(
            "ascii",
            "utf_8",
            "utf_16_le",
            "utf_16_be",
            "utf_32_le",
            "utf_32_be",
            "koi8_r",
            "koi8_u",
            "ptcp154",
            "tis_620",
        ),
        *(f"cp{number}" for number in (437, 850, 852, 866, 874, 932, 949, 950, *range(1250, 1259))),
        *(f"iso8859_{number}" for number in range(1, 17) if number != 12),
        *(
            "mac_roman",
            "mac_cyrillic",
            "mac_greek",
            "mac_latin2",
            "mac_turkish",
            "gb2312",
            "gbk",
            "gb18030",
            "hz",
            "big5",
        ),
        *("big5hkscs", "euc_jp", "euc_jis_2004", "euc_jisx0213", "shift_jis", "shift_jis_2004", "shift_jisx0213"),
        *("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr", "euc_kr", "johab"),
    }
)
"""Encodings that documents are written in. Any other name is one that nobody wrote them in: a mistake or a trick."""
_SURROGATE_BYTES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_STRAY = re.compile("[\udc80-\udcff]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_FORBIDDEN = bytes((*range(9), 11, 12, *range(14, 32), 127))
_STRAY_SHARE = 0.3
"""Share of high bytes among letters beyond which undeclared bytes are not a western language."""


def decode(body: bytes, *, charset: str | None = None) -> str:
    """Decode a document; ``charset`` is the one of the HTTP header. Control characters that XML forbids are removed.

    Raises:
        ValueError: the encoding cannot be told.
    """
    return without_controls(letters(body, charset=charset))


def without_controls(text: str) -> str:
    """Take out the control characters that XML forbids, and what is no character."""
    return text if _is_clean(text) else _CONTROLS.sub("", text)


def _is_clean(text: str) -> bool:
    """Say whether there is nothing to take out; by bytes, which takes an eighth of the expression's time."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:  # half a character
        return False
    return len(raw.translate(None, _FORBIDDEN)) == len(raw) and "\ufffe" not in text and "\uffff" not in text


def letters(body: bytes, *, charset: str | None = None) -> str:
    """Decode a document as :func:`decode` does, but leave in it what XML forbids.

    Raises:
        ValueError: the encoding cannot be told.
    """
    wide = _wide(body)
    if wide is not None:
        return wide
    body = body.removeprefix(codecs.BOM_UTF8)
    if b"\xed" in body:  # a twentieth of the expression's time
        body = _SURROGATE_BYTES.sub(b"", body)
    names = [name for name in (_codec(charset), _declared(body)) if name]
    if body.isascii() or b"\x1b" in body[:4096]:
        stateful = next((name for name in names if name in _STATEFUL), None)
        return body.decode(stateful or "utf-8", "ignore")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_8bit(body, names)


def _wide(body: bytes) -> str | None:
    """Decode UTF-16 and UTF-32 by byte order mark or zero bytes; odd ends are cut off."""
    for mark, name in _BOMS[1:]:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "ignore")
    for pattern, name in _ZEROS:
        if pattern.match(body):
            return body.decode(name, "ignore")
    return None


def _decode_8bit(body: bytes, names: list[str]) -> str:
    for name in names:
        if name != "utf-8":
            try:
                return body.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    text = body.decode("utf-8", "surrogateescape")
    stray = sum(len(match.group()) for match in _STRAY.finditer(text))
    if stray > 20 and stray > _STRAY_SHARE * (sum(map(str.isalpha, text)) + stray):
        raise ValueError("its character encoding cannot be told (it is not UTF-8 and declares no other)")
    return _STRAY.sub(lambda match: match.group().encode("utf-8", "surrogateescape").decode("cp1252", "ignore"), text)


def _declared(body: bytes) -> str | None:
    for pattern in _DECLARED:
        match = pattern.search(body[:4096])
        if match:
            return _codec(match.group(1).decode("ascii"))
    return None


def _codec(name: str | None) -> str | None:
    """Give the codec for a declared name; western names mean Windows-1252, as every browser reads them."""
    try:
        codec = codecs.lookup(name).name if name else None
    except (LookupError, ValueError):
        return None
    if codec is None or codec.replace("-", "_") not in CODECS or codec.startswith(("utf-16", "utf-32")):
        return None  # the wide ones show themselves; a declaration alone would turn text into noise
    if codec in {"iso8859-1", "ascii"}:
        return "cp1252"
    return codec.replace("-", "_") if codec.replace("-", "_") in _STATEFUL else codec
