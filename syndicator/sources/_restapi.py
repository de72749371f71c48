"""Where a site's WordPress REST API is, and the addresses of its pages of results. Pure; ``wordpress`` fetches.

A site names its API in a ``Link`` header and in a ``<link rel="https://api.w.org/">``; where permalinks are plain the
API hangs on a parameter (``?rest_route=/``) instead of a path.
"""

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from syndicator.sources._links import absolute
from syndicator.sources._posts import EMBEDDED, FIELDS

REL = "https://api.w.org/"
_HEADER = re.compile(r"<([^<>]{1,2000})>((?:\s*;[^,<>]{0,300})*)")
_TAG = re.compile(r"<link\b[^<>]{0,2000}>", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]{1,2000})\"|'([^']{1,2000})'|([^\s\"'>]{1,2000}))", re.IGNORECASE)
_POSTS = re.compile(r"/wp/v2/[a-z0-9_-]{1,60}/?\Z")
_OURS = frozenset({"_embed", "_fields", "context", "include", "offset", "order", "orderby", "page", "per_page"})
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,500})</title", re.IGNORECASE)
_NAME = re.compile(r"<meta\b[^<>]{0,200}og:site_name[^<>]{0,20}content\s*=\s*[\"']([^\"'<>]{1,300})", re.IGNORECASE)


def announced(page: str, *, link: str, base: str) -> str | None:
    """Give the API's root as a page announces it; ``link`` is its ``Link`` header. None when it does not."""
    for match in _HEADER.finditer(link):
        if REL in match.group(2):
            return absolute(match.group(1), base=base)
    for tag in _TAG.finditer(page[:500_000]):
        href = _HREF.search(tag.group())
        if REL in tag.group().replace(href.group() if href else "", "", 1) and href:
            return absolute(unescape(href.group(1) or href.group(2) or href.group(3)), base=base)
    return None


def named(page: str) -> str:
    """Give the name of the site whose page this is, as written; "" when it has none."""
    found = _NAME.search(page[:200_000]) or _TITLE.search(page[:200_000])
    return found.group(1) if found else ""


def collection(address: str, *, kind: str = "posts") -> str | None:
    """Give the address of the posts for an API's root or a page of its posts; None when it is neither.

    Parameters that choose posts (``categories=3``) stay, those of paging go.
    """
    try:
        parts = urlsplit(address)
    except ValueError:  # no address at all: whoever fetches it says why
        return None
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in _OURS]
    route = next((unquote(value) for name, value in pairs if name == "rest_route"), None)
    rest = [pair for pair in pairs if pair[0] != "rest_route"]
    if route is not None:
        route = route.rstrip("/") if _POSTS.search(route) else f"{route.rstrip('/')}/wp/v2/{kind}"
        query = f"rest_route={quote(route)}" + (f"&{urlencode(rest)}" if rest else "")
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    path = parts.path.rstrip("/")
    if not _POSTS.search(path):
        if not path.endswith("/wp-json"):
            return None
        path = f"{path}/wp/v2/{kind}"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(rest), ""))


def below(root: str, *, kind: str = "posts") -> str:
    """Give the address of the posts for a root that a site announced, whatever its path is."""
    known = collection(root, kind=kind)
    if known:
        return known
    parts = urlsplit(root)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/wp/v2/{kind}", parts.query, ""))


def results(posts: str, *, order: str, size: int, number: int = 1) -> str:
    """Give the address of one page of results, newest first; ``order`` is ``date`` or ``modified``."""
    page = f"&page={number}" if number > 1 else ""
    return _with(posts, f"per_page={size}&orderby={order}&order=desc{page}&_embed={EMBEDDED}&_fields={FIELDS}")


def check(posts: str, numbers: Iterable[int]) -> str:
    """Give the address that lists those of ``numbers`` (at most 100) that the public may read.

    Without what narrows the posts (``categories``): one that was filed elsewhere is not gone.
    """
    wanted = ",".join(map(str, numbers))
    parts = urlsplit(posts)
    routes = "&".join(pair for pair in parts.query.split("&") if pair.startswith("rest_route="))
    return _with(urlunsplit(parts._replace(query=routes)), f"include={wanted}&per_page=100&_fields=id,status")


def _with(posts: str, query: str) -> str:
    return f"{posts}{'&' if urlsplit(posts).query else '?'}{query}"
