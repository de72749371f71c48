"""Sources of kind ``wordpress``: a site's REST API. Must not write to the site, log in, or read other sites.

Two lists are read, because neither shows everything: by date of publication (a scheduled post appears with an *old*
date of change) and by date of change (a correction keeps its date of publication). Each is read back to what is known:
a set of recent posts, never a mere cursor. What was public and is not any more is asked for by number before it counts
as gone, so a page from a stale cache takes nothing away.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from syndicator.errors import SourceInvalid, SourceUnreachable
from syndicator.model import Field, Source, SourceSpec
from syndicator.sources import _looks, _memo, _plain, _posts, _restapi
from syndicator.sources._encoding import decode
from syndicator.sources._links import absolute, same_site
from syndicator.sources._posts import Page, Post
from syndicator.sources._reading import Fetched, Reading, Validators

if TYPE_CHECKING:  # a parser's process fetches nothing
    from syndicator.sources._fetch import Fetcher

__all__ = ["SPEC", "parse", "read"]

SPEC = SourceSpec(
    name="wordpress",
    title="WordPress",
    options=(
        Field(name="api", help='address of the REST API, if the site does not name it, such as "https://…/wp-json/"'),
        Field(
            name="type", help="kind of posts as the API calls it, for sites with kinds of their own", default="posts"
        ),
        Field(name="categories", help='only these categories, by number: "3" or "3,17"', pattern=r"\d+(\s*,\s*\d+)*"),
    ),
)

MAX_BYTES = 5_000_000
MAX_PAGES = 5
FIRST_SIZE = 100
"""Posts a page on the first reading; 100 is WordPress's most."""
SIZE = 20
OVERLAP = timedelta(minutes=10)
"""Changes are read again this far back: two of one second, and replicas that lag."""
REMEMBERED = 100
"""Posts whose disappearance is noticed; also the most that one request can ask for."""
_ERRORS = (400, 401, 403, 404, 410)
_CLOSED = frozenset({401, 403})
_ACCEPT = "application/json, text/html;q=0.8, */*;q=0.1"
_USE_FEED = 'use kind = "feed" with the address of its feed, usually the site\'s address and /feed/'


async def read(source: Source, validators: Validators | None, fetcher: "Fetcher") -> Reading:
    """Read what is new, changed or gone since the reading that gave ``validators``.

    Raises:
        SourceError: unreachable, closed to visitors, or no WordPress; the message has the remedy.
    """
    memo = _Memo.of(validators)
    if memo.at and memo.asked == _asked(source):
        try:
            return await _Poll(source, fetcher, memo).run()
        except SourceInvalid:
            at, title = await _find(source, fetcher)  # the API may have moved
            if at == memo.at:
                raise
            return await _Poll(source, fetcher, replace(memo, at=at, title=title, digest="")).run()
    at, title = await _find(source, fetcher)
    return await _Poll(source, fetcher, _Memo(at=at, title=title, asked=_asked(source))).run()


def parse(body: bytes, *, url: str, content_type: str, source: Source) -> Reading:  # noqa: ARG001 - every kind's shape
    """Read one page of posts that came from ``url``.

    Raises:
        SourceInvalid: not posts of WordPress; says what it is instead.
    """
    page = _page(body, url=url, source=source)
    entries = tuple(post.entry for post in page.posts if post.entry)
    return Reading(entries=entries, warnings=page.warnings, gone=_closed(page.posts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memo:
    """What is known from the readings before."""

    at: str = ""
    """Address of the posts."""
    asked: str = ""
    """The configuration that led there."""
    title: str = ""
    digest: str = ""
    total: int | None = None
    """Public posts, as the site counts them."""
    changed_at: datetime | None = None
    posts: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Recent public posts: number -> (second of publication, guid)."""

    @classmethod
    def of(cls, validators: Validators | None) -> "_Memo":
        values = _memo.read(validators, SPEC.name)
        try:
            changed = values.get("changed")
            return cls(
                at=absolute(str(values.get("at", "")), base="https:") or "",
                asked=str(values.get("asked", "")),
                title=str(values.get("title", "")),
                digest=str(values.get("digest", "")),
                total=None if values.get("total") is None else int(values["total"]),
                changed_at=None if changed is None else datetime.fromtimestamp(int(changed), UTC),
                posts={int(number): (int(at), str(guid)) for number, at, guid in values.get("posts", ())},
            )
        except (ValueError, TypeError, OverflowError, OSError):
            return cls()

    def validators(self) -> Validators:
        values: dict[str, Any] = {"at": self.at, "asked": self.asked, "title": self.title, "digest": self.digest}
        values["total"] = self.total
        values["changed"] = int(self.changed_at.timestamp()) if self.changed_at else None
        values["posts"] = [[number, at, guid] for number, (at, guid) in self.posts.items()]
        return _memo.write(SPEC.name, url=self.at, **values)


class _Poll:
    """One reading of the posts at a known address."""

    def __init__(self, source: Source, fetcher: "Fetcher", memo: _Memo) -> None:
        self._source = source
        self._fetcher = fetcher
        self._memo = memo
        self._bodies: list[bytes] = []
        self._warnings: dict[str, None] = {}
        self._total: int | None = None

    async def run(self) -> Reading:
        """Read both lists and compare with what is known."""
        memo = self._memo
        published = await self._published()
        total, digest = self._total, _memo.digest(*self._bodies)
        changed = await self._changed()
        digest = _memo.digest(digest.encode(), *self._bodies)
        if digest == memo.digest and total == memo.total:
            return Reading(entries=(), validators=memo.validators(), not_modified=True, title=self._title())
        posts = {post.number: post for post in (*published, *changed)}
        gone = await self._gone(published, posts, total=total)
        entries = sorted(
            (post.entry for post in posts.values() if post.entry),
            key=lambda entry: entry.published_at or datetime.max.replace(tzinfo=UTC),
            reverse=True,
        )
        fresh = self._remembered(posts, gone=gone, total=total, digest=digest)
        return Reading(
            entries=tuple(entries),
            validators=fresh.validators(),
            title=self._title(),
            warnings=tuple(self._warnings),
            gone=tuple(dict.fromkeys((*_closed(posts.values()), *(memo.posts[number][1] for number in gone)))),
        )

    async def _published(self) -> list[Post]:
        """Read the newest posts, back to one that is known; at first back to the source's greatest age."""
        first = not self._memo.posts
        size = FIRST_SIZE if first else SIZE

        def enough(posts: list[Post]) -> bool:
            if not first:
                return any(post.number in self._memo.posts for post in posts)
            dates = [post.published_at for post in posts if post.published_at]
            return bool(dates) and min(dates) < max(dates) - self._source.max_age

        return await self._list("date", size=size, enough=enough)

    async def _changed(self) -> list[Post]:
        """Read the posts changed last, back to the last change that is known."""
        known = self._memo.changed_at

        def enough(posts: list[Post]) -> bool:
            dates = [post.modified_at for post in posts if post.modified_at]
            return known is None or not dates or min(dates) < known - OVERLAP

        return await self._list("modified", size=SIZE, enough=enough)

    async def _list(self, order: str, *, size: int, enough: Any) -> list[Post]:
        found: list[Post] = []
        for number in range(1, MAX_PAGES + 1):
            url = _restapi.results(self._memo.at, order=order, size=size, number=number)
            fetched = await _ask(url, source=self._source, fetcher=self._fetcher)
            if fetched is None:  # WordPress has no page behind its last one
                return found
            page = await _parsed(fetched, self._source)
            if number == 1:
                self._bodies = [fetched.body]
                self._total = _count(fetched, "X-WP-Total")
            found += page.posts
            self._warnings |= dict.fromkeys(page.warnings)
            pages = _count(fetched, "X-WP-TotalPages")
            if enough(found) or len(page.posts) < size or (pages is not None and number >= pages):
                return found
        if self._memo.posts:
            what = "published" if order == "date" else "changed"
            self._warnings[f"more than {size * MAX_PAGES} posts were {what} since the last reading"] = None
        return found

    async def _gone(self, published: list[Post], posts: dict[int, Post], *, total: int | None) -> frozenset[int]:
        """Give the numbers of known posts that the public cannot read any more.

        Asked only where a post is missing among its neighbours, or the site's own count went down.
        """
        known = self._memo.posts
        oldest = min((post.published_at for post in published if post.published_at), default=None)
        since = oldest.timestamp() if oldest else 0
        missing = [number for number, (at, _) in known.items() if number not in posts and at > since]
        new = sum(1 for number in posts if number not in known)
        counted = total is None or self._memo.total is None or total >= self._memo.total + new
        if not known or (counted and not missing):
            return frozenset()
        asked = [number for number in known if number not in posts][:REMEMBERED]
        if not asked:
            return frozenset()
        url = _restapi.check(self._memo.at, asked)
        fetched = await _ask(url, source=self._source, fetcher=self._fetcher)
        if fetched is None:
            return frozenset()
        try:
            shown = _posts.numbers(fetched.body)
        except ValueError as error:
            raise SourceInvalid(f"{fetched.url}: {error}", source=self._source.name) from error
        return frozenset(asked) - shown

    def _remembered(self, posts: dict[int, Post], *, gone: frozenset[int], total: int | None, digest: str) -> _Memo:
        memo = self._memo
        seen = {post.number: (_second(post.published_at), post.guid) for post in posts.values() if post.entry}
        closed = {post.number for post in posts.values() if not post.entry}
        kept = {number: what for number, what in memo.posts.items() if number not in gone and number not in closed}
        newest = sorted((kept | seen).items(), key=lambda pair: pair[1][0], reverse=True)[:REMEMBERED]
        changes = [post.modified_at for post in posts.values() if post.modified_at]
        return replace(
            memo,
            posts=dict(newest),
            total=total,
            digest=digest,
            changed_at=max((*changes, *((memo.changed_at,) if memo.changed_at else ())), default=None),
        )

    def _title(self) -> str:
        return _plain.cut(_plain.from_title(self._memo.title, markup=None), _plain.MAX_TITLE)


async def _find(source: Source, fetcher: "Fetcher") -> tuple[str, str]:
    """Find the address of the posts; give it with the site's name.

    Raises:
        SourceError: the site cannot be read or names no API.
    """
    kind = source.options.get("type") or "posts"
    configured = source.options.get("api") or source.url
    if not absolute(configured, base=source.url):
        raise SourceInvalid(f"{configured} is not a web address", source=source.name)
    at = _restapi.collection(configured, kind=kind) or (
        _restapi.below(configured, kind=kind) if source.options.get("api") else None
    )
    title = ""
    if at is None:
        fetched = await fetcher.get(
            source.url, allow_private=source.allow_private, max_bytes=MAX_BYTES, accept="text/html", source=source.name
        )
        page = decode(fetched.body, charset=fetched.charset)
        found = _restapi.announced(page, link=fetched.headers.get("Link", ""), base=fetched.url)
        if found is None:
            raise SourceInvalid(f"{fetched.url}: {_unannounced(page)}", source=source.name)
        if not (same_site(found, source.url) or same_site(found, fetched.url)):
            raise SourceInvalid(
                f'the site names an API on another host; if that is right: api = "{found}"', source=source.name
            )
        at, title = _restapi.below(found, kind=kind), _restapi.named(page)
    categories = source.options.get("categories", "").replace(" ", "")
    if categories:
        at += ("&" if "?" in at else "?") + f"categories={categories}"
    return at, title


def _unannounced(page: str) -> str:
    seen = _looks.look(page)
    if seen.kind != "webpage":
        return _looks.instead(page, wanted="a WordPress site")
    return (
        f"the page names no WordPress REST API (it is off, or this is no WordPress); {_USE_FEED}, or name it with api"
    )


async def _ask(url: str, *, source: Source, fetcher: "Fetcher") -> Fetched | None:
    """Fetch a page of results; None when there is none behind the last.

    Raises:
        SourceError: unreachable, or refused, with the remedy.
    """
    fetched = await fetcher.get(
        url,
        allow_private=source.allow_private,
        max_bytes=MAX_BYTES,
        accept=_ACCEPT,
        source=source.name,
        also=_ERRORS,
    )
    if fetched.status not in _ERRORS:
        return fetched
    code = _posts.refusal(fetched.body)
    if code == "rest_post_invalid_page_number":
        return None
    said = f"{fetched.status}{' ' + code if code else ''}"
    if fetched.status in _CLOSED:
        raise SourceUnreachable(f"the site's REST API is closed to visitors ({said}); {_USE_FEED}", source=source.name)
    if code == "rest_invalid_param":
        raise SourceInvalid(f"the API refuses what was asked ({said}); check type and categories", source=source.name)
    raise SourceInvalid(
        f"there is no WordPress REST API here, or it is switched off ({said}); {_USE_FEED}", source=source.name
    )


async def _parsed(fetched: Fetched, source: Source) -> Page:
    from syndicator.sources import _child  # which a parser's process has no use for

    said = await _child.asked("_posts:told", fetched.body, source=source, url=fetched.url)
    try:
        return _posts.heard(said)
    except ValueError as error:
        raise SourceInvalid(f"{fetched.url}: {error}", source=source.name) from error


def _page(body: bytes, *, url: str, source: Source) -> Page:
    try:
        return _posts.page(body, url=url, source=source)
    except ValueError as error:
        raise SourceInvalid(f"{url}: {error}", source=source.name) from error


def _closed(posts: Any) -> tuple[str, ...]:
    """Give the guids of posts that are listed and yet not for everybody: behind a password, or withdrawn."""
    return tuple(post.guid for post in posts if post.entry is None and post.guid)


def _count(fetched: Fetched, name: str) -> int | None:
    value = fetched.headers.get(name, "")
    return int(value[:9]) if value.isascii() and value.isdigit() else None


def _second(at: datetime | None) -> int:
    return int(at.timestamp()) if at else 0


def _asked(source: Source) -> str:
    return " ".join([source.url, *(f"{name}={value}" for name, value in sorted(source.options.items()))])
