"""The newspaper's articles in memory: which are out, which are held back, and how new ones come in. Thread-safe.

Knows nothing of HTTP, feeds or pages.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syndicator.sandbox.newsroom.articles import Draft, NewsArticle, paragraphs, shipped, slug_of
from syndicator.sandbox.newsroom.images import DRAWINGS, look_of

BULLETIN = "Evening bulletin no. {n}: the ferries, the weather and what else happened in Vardal"
BULLETIN_SUMMARY = "Bulletin {n} in three minutes: boats on time, wind from the north-west, and a swan on platform two."


class Archive:
    """Articles newest first, and the instant of the last change."""

    def __init__(self, *, now: datetime | None, articles: int | None, clock: Callable[[], datetime] | None) -> None:
        self._lock = threading.Lock()
        self._clock = clock or (lambda: datetime.now(UTC))
        started_at = now or self._clock()
        out, held = shipped(started_at)
        shown = len(out) if articles is None else max(0, articles)
        self._out = tuple(out[:shown])
        self._held = [*held, *out[shown:]]
        self._number = max(article.number for article in (*out, *held))
        self._bulletins = 0
        self.changed_at = self._out[0].published_at if self._out else started_at
        """When the newest change was made; strictly grows by whole seconds, as HTTP dates need."""

    def all(self) -> tuple[NewsArticle, ...]:
        """List what is out, newest first."""
        return self._out

    def find(self, slug: str) -> NewsArticle | None:
        """Find an article by the last part of its address."""
        return next((article for article in self._out if article.slug == slug), None)

    def numbered(self, number: str) -> NewsArticle | None:
        """Find an article by the number in its short link."""
        return next((article for article in self._out if str(article.number) == number), None)

    def add(self, draft: Draft) -> NewsArticle:
        """Bring out a new article; without a title the next one of those held back, then numbered bulletins.

        Raises:
            ValueError: an unknown motif, a palette without four colours, an instant without time zone.
        """
        at = _instant(draft.published_at) or self._clock() - timedelta(minutes=draft.minutes_ago)
        with self._lock:
            if not draft.title:
                return self._insert(self._next(at))
            self._number += 7
            slug = self._free(draft.slug or slug_of(draft.title) or f"article-{self._number}")
            return self._insert(_checked(draft.article(self._number, slug=slug, at=at, look=look_of(slug))))

    def change(self, slug: str, fields: dict[str, Any]) -> NewsArticle:
        """Replace fields of an article that is out, as a correction does.

        Raises:
            KeyError: no such article.
            TypeError: an unknown field.
        """
        with self._lock:
            old = self.find(slug)
            if old is None:
                raise KeyError(slug)
            new = _checked(replace(old, **{"modified_at": self._clock(), **fields}))
            self._set(new if article is old else article for article in self._out)
            return new

    def remove(self, slug: str) -> bool:
        """Take an article offline; False when there was none."""
        with self._lock:
            gone = self.find(slug)
            if gone is not None:
                self._set(article for article in self._out if article is not gone)
            return gone is not None

    def _next(self, at: datetime) -> NewsArticle:
        if self._held:
            return replace(self._held.pop(0), published_at=at)
        self._bulletins += 1
        self._number += 7
        n, slug = self._bulletins, self._free(f"evening-bulletin-{self._bulletins}")
        motif, palette = look_of(slug)
        summary = BULLETIN_SUMMARY.format(n=n)
        return NewsArticle(
            number=self._number,
            slug=slug,
            title=BULLETIN.format(n=n),
            summary=summary,
            body=paragraphs(f"{summary}\n\nThe next bulletin follows when there is something to say."),
            published_at=at,
            tags=("Bulletin", "Vardal"),
            motif=motif,
            palette=palette,
            image_alt="Illustration: the bulletin's cover",
        )

    def _insert(self, article: NewsArticle) -> NewsArticle:
        self._set(sorted((article, *self._out), key=lambda one: one.published_at, reverse=True))
        return article

    def _set(self, articles: Iterable[NewsArticle]) -> None:
        self._out = tuple(articles)
        self.changed_at = max(self._clock(), self.changed_at + timedelta(seconds=1))

    def _free(self, slug: str) -> str:
        taken = {article.slug for article in (*self._out, *self._held)}
        tries = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(taken) + 2))
        return next(name for name in tries if name not in taken)


def _instant(given: datetime | str | None) -> datetime | None:
    at = datetime.fromisoformat(given) if isinstance(given, str) else given
    if at is not None and at.tzinfo is None:
        raise ValueError("published_at needs a time zone")
    return at.astimezone(UTC) if at else None


def _checked(article: NewsArticle) -> NewsArticle:
    if article.motif and article.motif not in DRAWINGS:
        raise ValueError(f"no such motif: {article.motif} (known: {', '.join(sorted(DRAWINGS))})")
    if article.motif and len(article.palette) != 4:
        raise ValueError("a palette has four colours: dark, middle, accent, light")
    return article
