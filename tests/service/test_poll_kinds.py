"""Every kind of source through poll and plan: baseline, news once, the same article by two kinds once, gone is held."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.model import Source
from syndicator.sandbox import Sandbox
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.store import views
from tests import values
from tests.service.bench import Bench, make_bench

KINDS = {
    "feed": "/news/",
    "wordpress": "/news/",
    "news sitemap": "/news/sitemap.xml",
    "plain sitemap": "/news/post-sitemap.xml.gz",
}


@pytest.fixture
def newsroom() -> Iterator[Sandbox]:
    with Sandbox(articles=5, now=values.NOW, clock=lambda: values.NOW) as sandbox:
        yield sandbox


def source(newsroom: Sandbox, name: str) -> Source:
    return Source(
        name=name.replace(" ", "-"),
        kind=name.rpartition(" ")[2],
        url=newsroom.url + KINDS[name],
        allow_private=True,
        max_age=timedelta(days=2),
    )


def rows(bench: Bench) -> list[tuple[str, str]]:
    with bench.parts.store.read() as conn:
        return [(row.title, str(row.post.state)) for row in views.log(conn)]


def again(bench: Bench) -> int:
    bench.clock.tick(timedelta(minutes=6))
    report = poll(bench.parts)
    assert report.errors == {}
    plan(bench.parts)
    return report.new


@pytest.mark.parametrize("name", KINDS)
def test_f09_every_kind_begins_with_a_baseline_and_brings_news_once(
    tmp_path: Path, newsroom: Sandbox, name: str
) -> None:
    bench = make_bench(tmp_path, sources=(source(newsroom, name),), rules=(values.rule("x"),))
    assert again(bench) == 0
    assert again(bench) == 0
    newsroom.newsroom.publish(title="Storm warning", published_at=values.NOW)
    assert again(bench) == 1
    assert again(bench) == 0
    old = newsroom.newsroom.articles[-1]
    newsroom.newsroom.revise(old.slug, summary="Corrected.")
    assert again(bench) == 0
    assert [title for title, _ in rows(bench)] == ["Storm warning"]


def test_f01_one_article_by_every_kind_is_posted_once(tmp_path: Path, newsroom: Sandbox) -> None:
    sources = tuple(source(newsroom, name) for name in KINDS)
    bench = make_bench(tmp_path, sources=sources, rules=(values.rule("x"),))
    assert again(bench) == 0
    newsroom.newsroom.publish(title="Storm warning", published_at=values.NOW)
    again(bench)
    again(bench)
    assert [title for title, _ in rows(bench)] == ["Storm warning"]


def test_f07_a_withdrawn_post_is_held(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = make_bench(tmp_path, sources=(source(newsroom, "wordpress"),), rules=(values.rule("x"),))
    again(bench)
    new = newsroom.newsroom.publish(title="Storm warning", published_at=values.NOW)
    again(bench)
    newsroom.newsroom.withdraw(new.slug)
    again(bench)
    assert rows(bench) == [("Storm warning", "held")]
