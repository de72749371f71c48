"""The newspaper's pages as bytes: front page, section page, article page with its metadata. Pure."""

from collections.abc import Sequence
from typing import Any

from syndicator.sandbox.newsroom.articles import NAME, TAGLINE, NewsArticle
from syndicator.sandbox.newsroom.site import fill

LOCALES = {
    "ar": "ar_AR",
    "de": "de_DE",
    "el": "el_GR",
    "en": "en_GB",
    "fr": "fr_FR",
    "uk": "uk_UA",
    "zh": "zh_CN",
}
SECTIONS = tuple((name.lower(), name) for name in ("World", "Politics", "Economy", "Climate", "Science", "Culture"))


def front(articles: Sequence[NewsArticle], *, base: str, api: str, path: str, heading: str) -> bytes:
    """Write a page that lists articles; the first one large."""
    values = {**_frame(base, api), "articles": articles, "path": path, "heading": heading}
    return fill("newsroom/front.html", {**values, "language": "en", "direction": "ltr"})


def article(shown: NewsArticle, articles: Sequence[NewsArticle], *, base: str, api: str) -> bytes:
    """Write an article's page: canonical link, OpenGraph, card, JSON-LD, body, related boxes, comments."""
    related = [other for other in articles if other.slug != shown.slug][:3]
    values = {
        **_frame(base, api),
        "article": shown,
        "related": related,
        "locale": LOCALES.get(shown.language, "en_GB"),
        "json_ld": _json_ld(shown, base),
        "language": shown.language,
        "direction": shown.direction,
    }
    return fill("newsroom/article.html", values)


def _frame(base: str, api: str) -> dict[str, Any]:
    return {"base": base, "api": api, "site": NAME, "tagline": TAGLINE, "sections": SECTIONS}


def _json_ld(shown: NewsArticle, base: str) -> dict[str, Any]:
    published = shown.published_at.isoformat(timespec="seconds")
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": shown.title,
        "url": base + shown.path,
        "mainEntityOfPage": base + shown.path,
        "datePublished": published,
        "dateModified": shown.changed_at.isoformat(timespec="seconds"),
        "inLanguage": shown.language,
        "articleSection": shown.section,
        "keywords": list(shown.tags),
        "author": [{"@type": "Person", "name": shown.author}],
        "publisher": {"@type": "Organization", "name": NAME, "url": f"{base}/news/"},
    }
    if shown.summary:
        said["description"] = shown.summary
    if shown.image_path:
        said["image"] = [{"@type": "ImageObject", "url": base + shown.image_path, "width": 1200, "height": 675}]
    return said
