"""What a template sees of an article: the same words, cleaned, defused and without the site's furniture. Pure.

Fields are worked out when a template asks for them; the stored article stays as it was read.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cached_property, lru_cache

from syndicator.core.boilerplate import clean_lead, clean_title
from syndicator.core.boilerplate_own import own_of
from syndicator.core.text_clean import clean, defuse
from syndicator.model import Article


class ArticleView:
    """An article as templates read it: ``title``, ``summary``, ``authors``, ``tags`` … Text is safe to print."""

    def __init__(
        self,
        article: Article,
        *,
        max_cashtags: int | None,
        allow: tuple[str, ...] = (),
        boilerplate: tuple[str, ...] = (),
    ) -> None:
        self._article = article
        # Nobody meant the cashtags of a source, so none is left where the platform knows them (C02).
        self._max_cashtags = None if max_cashtags is None else 0
        self._allow = allow
        self._boilerplate = boilerplate
        self.language: str | None = article.language
        self.labels: tuple[str, ...] = article.labels
        self.source: str = article.source

    @cached_property
    def title(self) -> str:
        """The title on one line."""
        return _title(self._article.title, self._max_cashtags, self._allow)

    @cached_property
    def summary(self) -> str:
        """The summary; "" when there is none or it only repeats the title."""
        words = _lead(self._article.summary, self._article.title, self._boilerplate)
        summary = defuse(words, max_cashtags=self._max_cashtags, allow=self._allow)
        return "" if summary.casefold() == self.title.casefold() else summary

    @cached_property
    def authors(self) -> tuple[str, ...]:
        """Names of the authors."""
        return tuple(name for name in (_title(author, 0, self._allow) for author in self._article.authors) if name)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Tags of the article; ``| hashtags`` makes hashtags of them."""
        return tuple(tag for tag in (_title(tag, 0, ()) for tag in self._article.tags) if tag)

    @property
    def published_at(self) -> datetime | None:
        """When the article appeared, or None."""
        return self._article.published_at

    @property
    def updated_at(self) -> datetime | None:
        """When it was changed, or None."""
        return self._article.updated_at

    @cached_property
    def url(self) -> str:
        """The article's own address, without our marker: print ``link`` instead."""
        return clean(self._article.url)

    def __repr__(self) -> str:
        return f"article {self._article.id}"


_WORKED_OUT = frozenset(name for name, one in vars(ArticleView).items() if isinstance(one, cached_property))


def asked_of(view: ArticleView) -> Collection[str]:
    """Name the fields that templates asked for, of those that take work."""
    return _WORKED_OUT & vars(view).keys()


@lru_cache(maxsize=512)
def _title(text: str, max_cashtags: int | None, allow: tuple[str, ...]) -> str:
    return defuse(clean_title(clean(text)), max_cashtags=max_cashtags, allow=allow)


@lru_cache(maxsize=256)
def _lead(text: str, title: str, boilerplate: tuple[str, ...]) -> str:
    return clean_lead(clean(text), title=clean(title), own=own_of(boilerplate))
