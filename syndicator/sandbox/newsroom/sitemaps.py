"""The newspaper's sitemaps and robots.txt as bytes (sitemaps.org, Google's News and image extensions). Pure."""

import gzip
from collections.abc import Sequence
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from syndicator.sandbox.newsroom.articles import NAME, NewsArticle

XML = "text/xml; charset=UTF-8"
GZIP = "application/x-gzip"
NEWS_AGE = timedelta(days=2)
NEWS_MOST = 1000
_SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def index(_articles: Sequence[NewsArticle], *, base: str, changed_at: datetime) -> bytes:
    """Write the index: all articles (gzip) and the news of two days."""
    rows = "".join(
        f"\t<sitemap>\n\t\t<loc>{base}/news/{name}</loc>\n\t\t<lastmod>{_at(changed_at)}</lastmod>\n\t</sitemap>\n"
        for name in ("post-sitemap.xml.gz", "news-sitemap.xml")
    )
    return f"{_HEAD}<sitemapindex {_SPACES}>\n{rows}</sitemapindex>\n".encode()


def posts(articles: Sequence[NewsArticle], *, base: str, changed_at: datetime) -> bytes:
    """Write the plain sitemap: the home page, then every article, oldest change first as WordPress plug-ins do."""
    rows = [f"\t<url>\n\t\t<loc>{base}/news/</loc>\n\t\t<lastmod>{_at(changed_at)}</lastmod>\n\t</url>\n"]
    for article in sorted(articles, key=lambda one: one.changed_at):
        inner = f"\t\t<loc>{escape(base + article.path)}</loc>\n\t\t<lastmod>{_at(article.changed_at)}</lastmod>\n"
        rows.append(f"\t<url>\n{inner}{_image(article, base)}\t</url>\n")
    return f"{_HEAD}<urlset {_SPACES}>\n{''.join(rows)}</urlset>\n".encode()


def packed(articles: Sequence[NewsArticle], *, base: str, changed_at: datetime) -> bytes:
    """Write the plain sitemap, compressed; the same articles give the same bytes."""
    return gzip.compress(posts(articles, base=base, changed_at=changed_at), mtime=0)


def news(articles: Sequence[NewsArticle], *, base: str, changed_at: datetime) -> bytes:
    """Write the Google News sitemap: what was published in the two days before the last change."""
    rows = []
    for article in [one for one in articles if changed_at - one.published_at <= NEWS_AGE][:NEWS_MOST]:
        tags = ", ".join(tag for tag in (article.section, *article.tags) if "," not in tag)
        rows.append(
            f"\t<url>\n\t\t<loc>{escape(base + article.path)}</loc>\n\t\t<news:news>\n\t\t\t<news:publication>\n"
            f"\t\t\t\t<news:name>{escape(NAME)}</news:name>\n"
            f"\t\t\t\t<news:language>{escape(article.language)}</news:language>\n\t\t\t</news:publication>\n"
            f"\t\t\t<news:publication_date>{_at(article.published_at)}</news:publication_date>\n"
            f"\t\t\t<news:title>{escape(article.title)}</news:title>\n"
            f"\t\t\t<news:keywords>{escape(tags)}</news:keywords>\n\t\t</news:news>\n{_image(article, base)}\t</url>\n"
        )
    return f"{_HEAD}<urlset {_SPACES}>\n{''.join(rows)}</urlset>\n".encode()


def robots(base: str) -> bytes:
    """Write robots.txt, which names the sitemaps."""
    return f"User-agent: *\nAllow: /news/\n\nSitemap: {base}/news/sitemap.xml\n".encode()


def _image(article: NewsArticle, base: str) -> str:
    if not article.image_path:
        return ""
    return f"\t\t<image:image>\n\t\t\t<image:loc>{escape(base + article.image_path)}</image:loc>\n\t\t</image:image>\n"


def _at(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
