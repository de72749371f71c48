"""Links named by a source, made absolute and checked (F28). Pure; does not resolve names."""

import re
from urllib.parse import urljoin, urlsplit

from yarl import URL

MAX_LINK = 2048
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ORDINARY = re.compile(r"https?://(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}(?:[/?][!$-;=?-Z_a-z~]*)?")
"""What needs no parser: plain letters, a name for a host, no user, no port, no fragment."""
_SPACES = re.compile(r"\s+")
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_HOST_PREFIX = re.compile(r"(?:www|m|mobile|amp)\.(?=[^.]+\.)")


def absolute(link: str | None, *, base: str) -> str | None:
    """Give ``link`` as an absolute http(s) URL; None when it is anything else (``javascript:``, ``mailto:``, …).

    Surrounding space and line breaks inside are taken off, inner spaces are encoded; the rest stays as written,
    because the published link must keep what the site needs.
    """
    if not link or len(link) > 2 * MAX_LINK:
        return None
    link = link.strip()
    if len(link) <= MAX_LINK and _ORDINARY.fullmatch(link):
        return link
    if " " in link or not link.isprintable():
        link = _SPACES.sub("%20", _BREAKS.sub("", link))
    if _CONTROLS.search(link) or link.startswith("#"):
        return None
    if _PROTOCOL.match(link) and not link[:8].lower().startswith(("http:", "https:")):
        return None
    try:
        joined = link if link[:8].lower().startswith(("http://", "https://")) else urljoin(base, link)
        parsed = URL(joined)
        if "[" in joined:
            urlsplit(joined)  # of what stands in brackets one parser takes more than the other, and we use both (X17)
        usable = parsed.scheme in {"http", "https"} and bool(parsed.raw_host) and parsed.user is None
    except (ValueError, IndexError):  # the latter for "http://a@]" (yarl 1.25)
        return None
    return joined if usable and len(joined) <= MAX_LINK else None


def same_site(one: str, other: str) -> bool:
    """Say whether two absolute addresses are on one host (``www.`` and the like do not count) and named port."""
    try:
        sites = [(_HOST_PREFIX.sub("", url.host or ""), url.explicit_port) for url in (URL(one), URL(other))]
    except (ValueError, IndexError):
        return False
    return sites[0] == sites[1] and bool(sites[0][0])
