"""Web addresses as values: one canonical form for identity, the link to publish, and finding our marker again.

Pure: nothing is resolved or fetched. ``canonical`` answers "is it the same page?" and is never published; ``tagged``
is what readers click and keeps everything the site needs.
"""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlsplit

_LONGEST = 2048
_BAD = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ufeff]")
_PLAIN = re.compile(
    r"https?://((?:[a-z0-9-]+\.)+[a-z]{2,})((?:/(?!\.)[\w.~!$&'()*+,=:@-]*)*)(?:\?([\w.~/?!$&'()*+,;=:@\[\]|-]*))?",
    re.ASCII,
)
"""An address (host, path, query) whose every sign stands for itself: it needs no other spelling."""
_PREFIX = re.compile(r"(?:www|m|mobile|amp)\.(?=[^.]+\.)")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-F]{2})")
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^/?;]*", re.IGNORECASE)
_LOOKS_LIKE_ARTICLE = re.compile(r"[-\d]")
_LOOSE_PATH_END = re.compile(r"[!*;:,.$~@&]+\Z")
_LOOSE_END = re.compile(r"[!?*'@();:+$\[\].,~|]+\Z")

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = frozenset("/!$&'()*+,;=:@")
_LINK_PATH_SAFE = _PATH_SAFE - frozenset("()'")
_PATH_BARE = _UNRESERVED | _PATH_SAFE - {"/"}
_QUERY_SAFE = frozenset("/?!$&'()*+,;=:@[]|")

_TRACKING_PREFIXES = (
    "utm_",
    "mtm_",
    "matomo_",
    "hsa_",
    "oly_",
    "vero_",
    "gaa_",
    "aspsessionid",
    "at_custom",
    "at_link_",
)
_TRACKING_NAMES = """
fbclid gclid dclid gclsrc gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id igshid igsh epik srsltid _ga _gl
_hsenc _hsmi hsctatracking mc_cid mc_eid mkt_tok ml_subscriber ml_subscriber_hash _openstat xtor cmpid ncid ito icid
s_cid wickedid rb_clickid sr_share ref_src ref_url guccounter guce_referrer guce_referrer_sig smid smtyp cmp ocid
fb_action_ids fb_action_types fb_source fb_ref action_object_map action_type_map wt_mc wt_zmc trk_contact trk_msg
pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid ns_mchannel ns_source ns_campaign ns_linkname
ns_fee at_medium at_campaign at_campaign_type at_bbc_team at_format at_creation at_network at_term at_variant
at_channel at_ptr_name at_send_date amp amp_js_v usqp outputtype phpsessid jsessionid cfid cftoken
"""
"""Parameters that say where a reader came from, never which page it is. A wrong name here would merge two articles, so
ambiguous ones (``ref``, ``source``, ``from``, ``sid``, ``id``) are not in it."""
_TRACKING = frozenset(_TRACKING_NAMES.split())


def canonical(url: str) -> str:
    """Reduce an address to the form by which two links to one page are equal; idempotent.

    https, lower-case ASCII host without ``www.``/``m.``/``amp.``, no default port, fragment (but for ``#!``), tracking
    and session parameters, trailing slash; percent escapes in one spelling. Other parameters keep their order.

    Raises:
        ValueError: not an absolute http(s) address, too long, or with a user name, backslash, blank or control.
    """
    if len(url) <= _LONGEST and (plain := _PLAIN.fullmatch(url)):
        host, path, query = plain.groups(default="")
        pairs = _telling(query)
        port = page = ""
    else:
        parts = _split(url)
        host, port = _host(parts), _port(parts)
        path = _dotless(_spelling(_SESSION_PATH.sub("", parts.path), safe=_PATH_SAFE, bare=_PATH_BARE))
        pairs = [_spelling(pair, safe=_QUERY_SAFE) for pair in _telling(parts.query)]
        fragment = _spelling(parts.fragment, safe=_QUERY_SAFE, bare=_UNRESERVED | _QUERY_SAFE)
        page = f"#{fragment}" if fragment.startswith("!") and len(fragment) > 1 else ""
    while match := _PREFIX.match(host):
        host = host[match.end() :]
    path = _without_amp(path.rstrip("/"))
    return f"https://{host}{port}{path}{'?' if pairs else ''}{'&'.join(pairs)}{page}"


def _telling(query: str) -> list[str]:
    """Give the parameters that say which page it is."""
    return [pair for pair in query.split("&") if not _is_tracking(pair)]


def tagged(url: str, *, marker: str, utm: Mapping[str, str]) -> str:
    """Give the link to publish: the site's address, our campaign parameters, and ``utm_content=<marker>``.

    Campaign parameters already there are replaced; everything else is kept in place, a fragment stays last. The result
    is ASCII and spelled so that X takes it for a link to its last character.

    Raises:
        ValueError: as :func:`canonical`.
    """
    parts = _split(url)
    kept = [pair for pair in parts.query.split("&") if pair and not pair.lower().startswith("utm_")]
    kept = [_spelling(pair, safe=_QUERY_SAFE) for pair in kept]
    ours = {**utm, "utm_content": marker}
    query = "&".join([*kept, *(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in ours.items())])
    path = _spelling(parts.path, safe=_LINK_PATH_SAFE) or "/"
    path = _LOOSE_PATH_END.sub(_escaped, path)
    fragment = _LOOSE_END.sub(_escaped, _spelling(parts.fragment, safe=_QUERY_SAFE))
    return f"{parts.scheme}://{_host(parts)}{_port(parts)}{path}?{query}{'#' + fragment if fragment else ''}"


def retagged(url: str, utm: Mapping[str, str]) -> str:
    """Replace campaign parameters of a link that :func:`tagged` made; its marker stays.

    ``utm``: parameter -> words, with or without ``utm_``; empty words take the parameter out.

    Raises:
        ValueError: ``utm_content`` is the marker's, or a name that is no campaign parameter.
    """
    wanted = {name if name.startswith("utm_") else f"utm_{name}": words for name, words in utm.items()}
    for name in wanted:
        if name == "utm_content" or not re.fullmatch(r"utm_[a-z][a-z0-9_]{0,30}", name):
            raise ValueError(f"utm: {name.removeprefix('utm_')!r} cannot be set (content is the post's own marker)")
    address, hash_sign, fragment = url.partition("#")
    page, _, query = address.partition("?")
    pairs = [pair for pair in query.split("&") if pair and pair.partition("=")[0] not in wanted]
    marker = [pair for pair in pairs if pair.startswith("utm_content=")]
    pairs = [pair for pair in pairs if pair not in marker]
    pairs += [f"{name}={quote(words, safe='')}" for name, words in wanted.items() if words]
    return f"{page}?{'&'.join([*pairs, *marker])}{hash_sign}{fragment}"


def marker_in(text: str, marker: str) -> bool:
    """Say whether a link or text carries ``utm_content=<marker>``, also when the link is quoted inside another."""
    return bool(marker) and bool(
        re.search(
            rf"(?:(?<![A-Za-z0-9_])|(?<=3[Ff])|(?<=26))utm_content(?:=|%(?:25)*3[Dd]){re.escape(marker)}(?![A-Za-z0-9_-])",
            text,
        )
    )


def _split(url: str) -> SplitResult:
    url = url.strip()
    if len(url) > _LONGEST:
        raise ValueError(f"link is longer than {_LONGEST} characters")
    if _BAD.search(url):
        raise ValueError(f"link has a blank, control character or backslash: {url[:80]!r}")
    parts = urlsplit(url)  # raises ValueError itself for a broken IPv6 address
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueError(f"link is not http or https: {url[:80]!r}")
    if parts.username is not None or not parts.hostname:
        raise ValueError(f"link has no host, or a user name: {url[:80]!r}")
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        host = _punycode(host)
    if not host or any(sign in host for sign in "%<>\"^`{|}#?@/'() "):
        raise ValueError(f"link has no usable host: {parts.netloc[:80]!r}")
    return f"[{host}]" if ":" in host else host


def _punycode(host: str) -> str:
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"link has an invalid host name: {host[:80]!r} ({error})") from error


def _port(parts: SplitResult) -> str:
    default = {"http": 80, "https": 443}[parts.scheme.lower()]
    return "" if parts.port in (None, default) else f":{parts.port}"


def _spelling(text: str, *, safe: frozenset[str], bare: frozenset[str] = _UNRESERVED) -> str:
    """Spell escapes one way: those of ``bare`` characters undone, everything unsafe as ``%XX`` of its UTF-8."""
    if "%" in text:
        text = _ESCAPE.sub(lambda match: _unescaped(match[1], bare), text)
    if text.isascii() and all(sign in _UNRESERVED or sign in safe or sign == "%" for sign in text):
        return _STRAY_PERCENT.sub("%25", text) if "%" in text else text
    return _STRAY_PERCENT.sub("%25", quote(text, safe="%" + "".join(sorted(safe | {"~"})), errors="replace"))


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{ord(sign):02X}" for sign in match[0])


def _unescaped(digits: str, bare: frozenset[str]) -> str:
    sign = chr(int(digits, 16))
    return sign if sign in bare else f"%{digits.upper()}"


def _dotless(path: str) -> str:
    """Resolve ``.`` and ``..`` segments."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:1] + kept[1:-1]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _without_amp(path: str) -> str:
    """Drop a last segment ``amp`` behind one that looks like an article's (it has a digit or a hyphen)."""
    head, _, last = path.rpartition("/")
    if last.lower() == "amp" and _LOOKS_LIKE_ARTICLE.search(head.rpartition("/")[2]):
        return head
    return path


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return not pair or name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
