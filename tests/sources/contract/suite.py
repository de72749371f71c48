"""The contract of a kind of source. A kind's test says ``kind`` and ``path`` and inherits :class:`KindContract`."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syndicator.core.boilerplate import clean_lead, clean_title
from syndicator.core.identity import aliases
from syndicator.errors import SourceError, SourceInvalid
from syndicator.model import Entry, Source
from syndicator.sandbox import Sandbox
from syndicator.sandbox.newsroom import BOILERPLATE, NewsArticle
from syndicator.sources import Reading, load

from ..reads import local, run
from ..site import Site, serving

GZIP = b"\x1f\x8b"
TAG = re.compile(r"</?(?:p|a|b|i|em|br|div|span|img|figure|strong|script)\b[^<>]*>", re.IGNORECASE)
KINDS = {"feed": "/news/feed/", "wordpress": "/news/wp-json/wp/v2/posts", "sitemap": "/news/news-sitemap.xml"}
"""Where the sandbox has the documents of each kind."""


def rewritten(change: Callable[[bytes], bytes]) -> Callable[[str, bytes], bytes]:
    """Change the bodies that the newspaper answers with, those inside gzip too."""

    def garble(_path: str, body: bytes) -> bytes:
        return gzip.compress(change(gzip.decompress(body))) if body.startswith(GZIP) else change(body)

    return garble


def texts(entry: Entry) -> Iterator[str]:
    """Give every text field of ``entry``."""
    yield from (entry.title, entry.summary, *entry.authors, *entry.tags)
    yield entry.image.alt if entry.image else ""


class KindContract:
    """What every kind promises."""

    kind: str
    path: str
    options: dict[str, str] = {}  # noqa: RUF012 - never changed
    guids = True
    """Its guids are the site's own."""
    mistaken: tuple[str, ...] = ()
    """Kinds whose document it refuses, naming the kind; from the others it finds its own, or they are its own."""

    @pytest.fixture
    def sandbox(self) -> Iterator[Sandbox]:
        with Sandbox() as running:
            yield running

    @pytest.fixture
    def elsewhere(self) -> Iterator[Site]:
        """Another site, which nothing may ask."""
        with serving() as running:
            yield running

    def source(self, sandbox: Sandbox, path: str | None = None) -> Source:
        return local(sandbox, self.kind, self.path if path is None else path, options=self.options)

    def shown(self, sandbox: Sandbox) -> tuple[NewsArticle, ...]:
        """The articles that a reading should give."""
        return sandbox.newsroom.articles

    def names(self, sandbox: Sandbox) -> set[str]:
        """The aliases by which those articles are known, whatever kind read them."""
        found = {f"url:{self.canonical(sandbox.newsroom.url(article))}" for article in self.shown(sandbox)}
        if self.guids:
            found |= {f"guid:news:{sandbox.url}/news/?p={article.number}" for article in self.shown(sandbox)}
        return found

    @staticmethod
    def canonical(url: str) -> str:
        return re.sub(r"%[0-9a-f]{2}", lambda match: match.group().upper(), url.replace("http:", "https:").rstrip("/"))

    def check(self, found: Reading) -> None:
        """See that a reading is safe to store, whatever was read."""
        for entry in found.entries:
            assert entry.guid
            assert entry.url == "" or entry.url.startswith(("http://", "https://"))
            assert bool(entry.url) == bool(entry.canonical_url)
            assert len(entry.title) <= 1000
            assert len(entry.summary) <= 5000
            assert "\n" not in entry.title
            assert entry.image is None or entry.image.url.startswith(("http://", "https://"))

    # --- the promises

    def test_the_module_is_a_kind(self) -> None:
        module: Any = load(self.kind)
        assert callable(module.read)
        spec = getattr(module, "SPEC", None)
        assert spec is None or (spec.name == self.kind and all(option.help for option in spec.options))

    def test_f01_the_same_articles_have_the_same_identity(self, sandbox: Sandbox) -> None:
        found = run(self.source(sandbox))
        assert {name for entry in found.entries for name in aliases("news", entry)} >= self.names(sandbox)
        assert len(found.entries) == len(self.shown(sandbox))

    def test_titles_dates_and_links_are_the_sites(self, sandbox: Sandbox) -> None:
        by_url = {sandbox.newsroom.url(article): article for article in self.shown(sandbox)}
        for entry in run(self.source(sandbox)).entries:
            article = by_url[entry.url]
            assert entry.title == article.title
            assert entry.published_at == article.published_at.replace(microsecond=0)
            assert (entry.image.url if entry.image else "") == (
                sandbox.url + article.image_path if article.image_path else ""
            )

    def test_f12_unchanged_is_told(self, sandbox: Sandbox) -> None:
        first = run(self.source(sandbox))
        again = run(self.source(sandbox), first.validators)
        assert (again.not_modified, again.entries) == (True, ())

    def test_a_new_article_is_found_and_the_old_ones_stay_themselves(self, sandbox: Sandbox) -> None:
        first = run(self.source(sandbox))
        known = {name for entry in first.entries for name in aliases("news", entry)}
        new = sandbox.newsroom.publish(title="Storm warning for the northern harbours")
        second = run(self.source(sandbox), first.validators)
        fresh = [entry for entry in second.entries if not known & set(aliases("news", entry))]
        assert [entry.title for entry in fresh] == [new.title]

    def test_f14_no_articles_are_no_error(self) -> None:
        with Sandbox(articles=0) as sandbox:
            found = run(self.source(sandbox))
            assert (found.entries, found.gone) == ((), ())

    def test_f14_an_empty_answer_is_an_error(self, sandbox: Sandbox) -> None:
        sandbox.newsroom.garble = lambda _path, _body: b""
        with pytest.raises(SourceInvalid, match=r"empty|damaged"):
            run(self.source(sandbox))

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_f13_what_was_cut_off_is_not_lost(self, sandbox: Sandbox, share: float) -> None:
        sandbox.newsroom.garble = rewritten(lambda body: body[: int(share * len(body))])
        found = None
        try:
            found = run(self.source(sandbox))
        except SourceError:
            pass
        else:
            self.check(found)
        sandbox.newsroom.garble = None
        after = run(self.source(sandbox), found.validators if found else None)
        names = {
            name for entry in (*(found.entries if found else ()), *after.entries) for name in aliases("news", entry)
        }
        assert names >= self.names(sandbox)

    def test_f15_an_error_page_is_said_to_be_one(self, sandbox: Sandbox) -> None:
        sandbox.newsroom.garble = lambda _path, _body: b'{"error": "maintenance", "code": 503}'
        with pytest.raises(SourceInvalid, match="JSON"):
            run(self.source(sandbox))

    def test_f15_the_documents_of_other_kinds_are_named(self, sandbox: Sandbox) -> None:
        for other in self.mistaken:
            with pytest.raises(SourceInvalid, match=f'use kind = "{other}"'):
                run(self.source(sandbox, KINDS[other]))

    def test_f21_entities_and_other_tricks(self, sandbox: Sandbox) -> None:
        sandbox.newsroom.garble = rewritten(_with_entities)
        try:
            found = run(self.source(sandbox))
        except SourceInvalid as error:
            assert re.search("entities|JSON|HTML|damaged", str(error))  # noqa: PT017
        else:
            self.check(found)
            assert not any("lol" in text for entry in found.entries for text in texts(entry))

    def test_f22_a_title_of_two_megabytes(self, sandbox: Sandbox) -> None:
        slug = self.shown(sandbox)[0].slug
        sandbox.newsroom.revise(slug, title="word " * 400_000)
        try:
            self.check(run(self.source(sandbox)))
        except SourceInvalid as error:
            assert "larger" in str(error)  # noqa: PT017

    @pytest.mark.parametrize(
        "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//", "mailto:a@b.example"]
    )
    def test_f28_only_web_links(self, sandbox: Sandbox, link: str) -> None:
        own = sandbox.newsroom.url(self.shown(sandbox)[0]).encode()
        escaped = own.replace(b"/", b"\\/")
        sandbox.newsroom.garble = rewritten(
            lambda body: body.replace(own, link.encode()).replace(escaped, json.dumps(link)[1:-1].encode())
        )
        found = run(self.source(sandbox))
        self.check(found)
        assert not any(link in entry.url for entry in found.entries if link != "//")

    def test_nothing_is_asked_of_other_hosts(self, sandbox: Sandbox, elsewhere: Site) -> None:
        url = elsewhere.url
        slug = self.shown(sandbox)[0].slug
        body = f'<p>See <a href="{url}/a">there</a> <img src="{url}/pixel.gif"><script src="{url}/x.js"></script></p>'
        sandbox.newsroom.revise(slug, body=body, after=(f'<iframe src="{url}/frame"></iframe>',))
        first = run(self.source(sandbox))
        sandbox.newsroom.garble = rewritten(lambda body: body.replace(sandbox.url.encode(), url.encode()))
        for validators in (None, first.validators):
            try:
                run(self.source(sandbox), validators)
            except SourceInvalid:
                continue
        assert elsewhere.requests == []

    def test_every_text_is_plain_and_without_boilerplate(self, sandbox: Sandbox) -> None:
        for entry in run(self.source(sandbox)).entries:
            assert not any(TAG.search(text) for text in texts(entry))
            assert not any(re.search(r"&(?:amp|lt|#\d+|hellip);", text) for text in texts(entry))
            told = f"{clean_title(entry.title)}\n{clean_lead(entry.summary)}"
            assert [phrase for phrase in BOILERPLATE if phrase in told] == []


def _with_entities(body: bytes) -> bytes:
    """Define an entity and use it in the first title, as a billion laughs does."""
    head = b'<!DOCTYPE x [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    start = re.search(rb"<(?:rss|urlset|sitemapindex|html|feed)\b", body)
    if start is None:
        return body.replace(b'"rendered":"', b'"rendered":"&lol2;', 1)
    text = body[: start.start()] + head + body[start.start() :]
    return re.sub(rb"(<(?:news:)?title>)(?!<!)", rb"\1&lol2;&f;", text)
