"""Who is who: aliases of an entry, ids of articles and posts. Pure; the same input gives the same id for ever.

Ids are hashes, not counters or random numbers, so a preview already shows the very marker that the post will carry,
and a post log that was lost and made anew gives the same article the same marker: the old remote post is found.
"""

import re
from base64 import b32encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlsplit

from syndicator.core import guards, links
from syndicator.model import Article, Entry

MARKER_LENGTH = 13
"""65 bits: two of a billion posts share a marker with probability below 3 %, two of a million below 10⁻⁷."""
SHARED = 3
"""So many entries of one document with one address, and other guids and headlines: the address is none of theirs."""
_HOME = re.compile(r"https://[^/?#]*")
"""In the canonical form."""
_SCHEMES = {"http://": "https://", "https://": "http://"}


def _token(text: str, length: int) -> str:
    """Give the first signs (16 at most) of a text's SHA-256 in base 32, in lower case."""
    return b32encode(sha256(text.encode()).digest()[:10]).decode().lower()[:length]


# --- aliases --------------------------------------------------------------------------------------------------------


def aliases(source: str, entry: Entry) -> tuple[str, ...]:
    """Give the names under which an entry may be known again: its guid within the source, its addresses.

    The feed's own link is one of them where the entry names another page as the canonical one.
    """
    names = []
    if entry.guid:
        names.append(guid_alias(source, entry.guid))
    if entry.canonical_url:
        names.append(f"url:{entry.canonical_url}")
        if entry.url and not _is_plainly(entry.url, entry.canonical_url):
            with suppress(ValueError):
                names.append(f"url:{links.canonical(entry.url)}")
    return tuple(dict.fromkeys(names))


def guid_alias(source: str, guid: str) -> str:
    """Give the name that a guid is: it means something within its source only."""
    return f"guid:{source}:{guid}"


def _is_plainly(url: str, canonical_url: str) -> bool:
    """Say whether ``url`` is the canonical address but for scheme, ``www.`` and trailing slash; True saves a parse."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/") == canonical_url.partition("://")[2]


def spellings(name: str) -> tuple[str, ...]:
    """Give what else a name may have been stored as: a guid that is an address, under the other scheme (F01, F02)."""
    if not name.startswith("guid:"):
        return ()
    head, _, guid = name.removeprefix("guid:").partition(":")
    twins = [other + guid.removeprefix(scheme) for scheme, other in _SCHEMES.items() if guid.startswith(scheme)]
    return tuple(f"guid:{head}:{twin}" for twin in twins)


def apart(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Take from entries the addresses by which they cannot be told apart: shared by several of them, or a home page.

    What three entries with guids and headlines of their own have in common is no article's address.
    """
    groups: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        if entry.guid and entry.canonical_url:
            # Without a headline an entry is told apart by its guid alone.
            title = guards.title_key(entry.title) or entry.guid
            groups.setdefault(entry.canonical_url, set()).add((entry.guid, title))
    shared = {url for url, found in groups.items() if len(found) > 1 and _are_many(found)}
    shared |= {url for url in groups if _is_home(url)}
    return tuple(
        replace(entry, canonical_url="") if entry.guid and entry.canonical_url in shared else entry for entry in entries
    )


def _are_many(found: set[tuple[str, str]]) -> bool:
    return min(len({guid for guid, _ in found}), len({title for _, title in found})) >= SHARED


def _is_home(url: str) -> bool:
    return bool(_HOME.fullmatch(url))


# --- whose an entry is ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A known article, and the guids under which the source of the entry knows it."""

    article: Article
    guids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whom an entry belongs to: a known article, nobody, or nobody for certain."""

    owner: str | None = None
    agreed: bool = True
    """False: its names belong to two articles. It is one of them, and neither is brought up to date by it."""
    rival: str | None = None
    """The known article that has one of its names and is another story, as far as anybody can tell."""


NOBODY = Whose()


def whose(entry: Entry, names: Sequence[str], owners: Mapping[str, str], kept: Mapping[str, Kept]) -> Whose:
    """Say whom an entry belongs to, given the owners of its names.

    One shared name makes it the same article, unless everything else contradicts: then it is a story of its own that
    a person has to look at (neither a silent merge nor a second post).
    """
    found = list(dict.fromkeys(owners[name] for name in names if name in owners))
    if not found:
        return NOBODY
    if len(found) > 1:
        return Whose(owner=_likeliest(entry, found, kept), agreed=False)
    (owner,) = found
    known = kept.get(owner)
    strange = [name for name in names if name not in owners]
    if known is None or not strange or not _contradicts(entry, strange, known):
        return Whose(owner=owner)
    return Whose(rival=owner)


def _likeliest(entry: Entry, found: Sequence[str], kept: Mapping[str, Kept]) -> str:
    """Choose among the articles that have an entry's names: the one with both, else with its headline, else any."""

    def likeness(owner: str) -> tuple[bool, bool]:
        if owner not in kept:
            return False, False
        article = kept[owner].article
        both = (article.guid, article.canonical_url) == (entry.guid, entry.canonical_url)
        return both, _same_title(entry, article)

    return max(found, key=likeness)


def _contradicts(entry: Entry, strange: Sequence[str], known: Kept) -> bool:
    """Say whether an entry that shares one name with an article has another guid or address, headline and date."""
    article = known.article
    guid_is_new = any(name.startswith("guid:") for name in strange)
    # Another source's article, whose guid was never known here; or the guid says what the address says.
    if guid_is_new and (not known.guids or _is_address(entry.guid, entry.canonical_url)):
        return False
    if not guid_is_new and (not article.canonical_url or _same_path(entry.canonical_url, article.canonical_url)):
        return False  # it had no address of its own, or only the site moved
    return not _same_title(entry, article) and not _same_date(entry, article)


def _same_title(entry: Entry, article: Article) -> bool:
    key = guards.title_key(entry.title)
    return bool(key) and key == guards.title_key(article.title)


def _same_date(entry: Entry, article: Article) -> bool:
    return entry.published_at is not None and entry.published_at == article.published_at


def _is_address(guid: str, canonical_url: str) -> bool:
    with suppress(ValueError):
        return links.canonical(guid) == canonical_url
    return False


def _same_path(url: str, other: str) -> bool:
    parts, others = urlsplit(url), urlsplit(other)
    return len(parts.path) > 1 and (parts.path, parts.query) == (others.path, others.query)


# --- ids ------------------------------------------------------------------------------------------------------------


def article_id(source: str, entry: Entry) -> str:
    """Derive the article's id: from the canonical URL, so that it does not depend on which feed was read first."""
    return "a" + _token(entry.canonical_url or f"{source}\n{entry.guid}", 12)


def post_id(article: str, channel: str, edition: int = 0) -> str:
    """Derive the post's id, which is also its marker: 13 characters of ``a-z2-7``."""
    return _token(f"{article}\n{channel}\n{edition}", MARKER_LENGTH)


def follow_up_id(before: str) -> str:
    """Derive the id (and marker) of what follows the post ``before``, which may be a follow-up itself."""
    return _token(f"{before}\nfollow-up", MARKER_LENGTH)


def post_key(article: str, channel: str, edition: int = 0, *, part: int = 0) -> str:
    """Give the readable idempotency key of a post: ``channel/article``.

    ``/edition`` stands behind it for a deliberate repeat, ``+part`` for a follow-up.
    """
    return f"{channel}/{article}" + (f"/{edition}" if edition else "") + (f"+{part}" if part else "")
