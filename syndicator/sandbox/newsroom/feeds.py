"""The newspaper's feeds as bytes: RSS 2.0 in WordPress' shape, Atom, JSON Feed. Pure: articles in, bytes out."""

import html
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syndicator.sandbox.newsroom.articles import NAME, TAGLINE, NewsArticle
from syndicator.sandbox.newsroom.site import environment, fill

RSS = "application/rss+xml; charset=UTF-8"
ATOM = "application/atom+xml; charset=UTF-8"
JSON = "application/feed+json; charset=UTF-8"


def guid(article: NewsArticle, base: str) -> str:
    """Give the article's guid: the short link, as WordPress does, unless it has its own."""
    return article.guid or f"{base}/news/?p={article.number}"


def rss(articles: Sequence[NewsArticle], *, base: str, path: str, title: str, changed_at: datetime) -> bytes:
    """Write RSS 2.0; ``path`` is the feed's own, for its self link."""
    return _filled("newsroom/rss.xml", articles, base=base, path=path, title=title, changed_at=changed_at)


def atom(articles: Sequence[NewsArticle], *, base: str, path: str, title: str, changed_at: datetime) -> bytes:
    """Write Atom 1.0; titles are HTML inside text, as WordPress writes them."""
    return _filled("newsroom/atom.xml", articles, base=base, path=path, title=title, changed_at=changed_at)


def json_feed(articles: Sequence[NewsArticle], *, base: str, path: str, title: str, changed_at: datetime) -> bytes:
    """Write JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "description": TAGLINE,
        "home_page_url": f"{base}/news/",
        "feed_url": base + path,
        "language": "en",
        "_changed": changed_at.isoformat(timespec="seconds"),
        "items": [_item(article, base) for article in articles],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _item(article: NewsArticle, base: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": guid(article, base),
        "url": base + article.path,
        "title": article.title,
        "content_html": content(article, base),
        "date_published": article.published_at.isoformat(timespec="seconds"),
        "authors": [{"name": article.author}],
        "tags": [article.section, *article.tags],
        "language": article.language,
    }
    if article.summary:
        item["summary"] = article.summary
    if article.image_path:
        item["image"] = base + article.image_path
    return item


def excerpt(article: NewsArticle, base: str) -> str:
    """Give the feed's description as HTML: the summary between the lines that content systems add."""
    if not article.summary:
        return ""
    return environment().get_template("newsroom/excerpt.html").render(article=article, base=base, site=NAME).strip()


def content(article: NewsArticle, base: str) -> str:
    """Give the feed's full text as HTML: picture, body, footer."""
    return environment().get_template("newsroom/content.html").render(article=article, base=base, site=NAME).strip()


def _filled(template: str, articles: Sequence[NewsArticle], **values: Any) -> bytes:
    base = values["base"]
    items = [
        {
            "article": article,
            "guid": guid(article, base),
            "link": base + article.path,
            "image": base + article.image_path if article.image_path else "",
            "excerpt": excerpt(article, base),
            "content": content(article, base),
            "html_title": html.escape(article.title, quote=False).replace("&amp;", "&#038;"),
        }
        for article in articles
    ]
    return fill(template, {**values, "items": items, "tagline": TAGLINE})
