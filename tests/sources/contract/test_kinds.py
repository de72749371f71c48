"""The kinds that ship, held to the contract."""

import pytest

from syndicator.core.identity import aliases
from syndicator.errors import SourceUnreachable
from syndicator.sandbox import Sandbox
from syndicator.sandbox.newsroom import NewsArticle
from syndicator.settings.sources import KINDS
from syndicator.sources import SHIPPED, load

from ..reads import run
from .suite import KindContract


class TestRss(KindContract):
    kind, path = "feed", "/news/feed/"
    mistaken = ("wordpress", "sitemap")


class TestAtom(TestRss):
    path = "/news/atom.xml"


class TestJsonFeed(TestRss):
    path = "/news/feed.json"


class TestFeedOfAPage(TestRss):
    path = "/news/"


class TestWordpress(KindContract):
    kind, path = "wordpress", "/news/"
    mistaken = ("feed", "sitemap")


class TestWordpressApi(TestWordpress):
    path = "/news/wp-json/wp/v2/posts"


class TestPlainPermalinks(TestWordpress):
    path = "/news/?rest_route=/"

    @pytest.fixture
    def sandbox(self):  # type: ignore[no-untyped-def]
        with Sandbox() as running:
            running.newsroom.plain_permalinks = True
            yield running


class TestNewsSitemap(KindContract):
    kind, path, guids = "sitemap", "/news/news-sitemap.xml", False
    mistaken = ("feed", "wordpress")


class TestSitemapIndex(TestNewsSitemap):
    path = "/news/sitemap.xml"


class TestSitemapOfASite(TestNewsSitemap):
    path = "/robots.txt"


class TestPlainSitemap(TestNewsSitemap):
    path, options = "/news/post-sitemap.xml.gz", {"pages": "50"}


class TestWebpage(KindContract):
    kind, path, guids = "webpage", "", False
    mistaken = ("feed", "wordpress", "sitemap")

    def source(self, sandbox, path=None):  # type: ignore[no-untyped-def]
        own = sandbox.newsroom.articles[0].path
        return super().source(sandbox, path or own)

    def shown(self, sandbox: Sandbox) -> tuple[NewsArticle, ...]:
        return sandbox.newsroom.articles[:1]

    def test_a_new_article_is_found_and_the_old_ones_stay_themselves(self, sandbox: Sandbox) -> None:
        source = self.source(sandbox)
        first = run(source)
        sandbox.newsroom.revise(sandbox.newsroom.articles[0].slug, title="Corrected")
        second = run(source, first.validators)
        assert [entry.title for entry in second.entries] == ["Corrected"]
        assert aliases("news", second.entries[0]) == aliases("news", first.entries[0])

    def test_f14_no_articles_are_no_error(self) -> None:
        with Sandbox() as sandbox:
            source = self.source(sandbox)
            sandbox.newsroom.withdraw(sandbox.newsroom.articles[0].slug)
            with pytest.raises(SourceUnreachable, match="404"):
                run(source)


def test_every_kind_that_ships_is_here() -> None:
    held = {test.kind for test in KindContract.__subclasses__()}
    assert held == set(SHIPPED) == set(KINDS)
    assert all(load(name) for name in SHIPPED)
