"""Kind ``wordpress`` against the sandbox's REST API; what real sites do beyond that, against a scripted one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from syndicator.errors import SourceError, SourceInvalid, SourceUnreachable
from syndicator.model import Source
from syndicator.sandbox import Sandbox
from syndicator.sandbox.newsroom import restapi
from syndicator.sources import wordpress
from syndicator.sources._reading import Reading

from .reads import local, run
from .site import Site


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def blog(sandbox: Sandbox) -> Source:
    return local(sandbox, "wordpress")


def asked(sandbox: Sandbox) -> list[str]:
    """Watch what is asked of the newspaper from now on."""
    seen: list[str] = []

    def note(path: str, body: bytes) -> bytes:
        seen.append(path)
        return body

    sandbox.newsroom.garble = note
    return seen


# --- what is read


def test_every_field_of_a_post(sandbox: Sandbox, blog: Source) -> None:
    found = run(blog)
    assert len(found.entries) == len(sandbox.newsroom.articles)
    assert found.title == "Meridian Lantern"
    for entry, article in zip(found.entries, sandbox.newsroom.articles, strict=True):
        assert entry.guid == f"{sandbox.url}/news/?p={article.number}"
        assert entry.url == sandbox.newsroom.url(article)
        assert entry.title == article.title
        assert article.summary in entry.summary
        assert "<" not in entry.summary.replace(article.summary, "")
        assert entry.published_at == article.published_at.replace(microsecond=0)
        assert entry.updated_at == article.changed_at.replace(microsecond=0)
        assert entry.authors == (article.author,)
        assert entry.tags == tuple(dict.fromkeys((article.section, *article.tags)))
        assert (entry.image.url if entry.image else "") == (
            f"{sandbox.url}{article.image_path}" if article.image_path else ""
        )
        assert (entry.image.alt if entry.image else "") == article.image_alt * bool(article.image_path)


def test_the_same_article_by_feed_and_by_api_is_one(sandbox: Sandbox, blog: Source) -> None:
    by_feed = {(entry.guid, entry.canonical_url) for entry in run(local(sandbox, "feed", "/news/feed/")).entries}
    assert {(entry.guid, entry.canonical_url) for entry in run(blog).entries} == by_feed


@pytest.mark.parametrize(
    "path", ["/news/", "/news/wp-json/", "/news/wp-json", "/news/wp-json/wp/v2/posts", "/news/world/"]
)
def test_the_api_is_found_from_any_address_of_the_site(sandbox: Sandbox, path: str) -> None:
    assert run(local(sandbox, "wordpress", path)).entries


@pytest.mark.parametrize("path", ["/news/", "/news/?rest_route=/", "/news/?rest_route=/wp/v2/posts&per_page=3"])
def test_plain_permalinks(sandbox: Sandbox, path: str) -> None:
    sandbox.newsroom.plain_permalinks = True
    found = run(local(sandbox, "wordpress", path))
    assert len(found.entries) == len(sandbox.newsroom.articles)
    assert run(local(sandbox, "wordpress", path), found.validators).not_modified


def test_discovery_is_done_once(sandbox: Sandbox, blog: Source) -> None:
    first = run(blog)
    seen = asked(sandbox)
    run(blog, first.validators)
    assert seen == ["/news/wp-json/wp/v2/posts"] * 2
    run(replace(blog, url=sandbox.url + "/news/world/"), first.validators)
    assert seen[2:] == ["/news/world/", *["/news/wp-json/wp/v2/posts"] * 2]


def test_an_api_that_moved_is_found_again(sandbox: Sandbox, blog: Source) -> None:
    first = run(blog)
    assert first.validators
    moved = replace(first.validators, etag=(first.validators.etag or "").replace("wp-json", "old-json"))
    assert run(blog, moved).entries


def test_categories_narrow_what_is_read(sandbox: Sandbox, blog: Source) -> None:
    number = restapi._term_number("World")
    found = run(replace(blog, options={"categories": f"{number}"}))
    assert {entry.tags[0] for entry in found.entries} == {"World"}


# --- what is new, changed, gone


def again(blog: Source, found: Reading) -> Reading:
    return run(blog, found.validators)


def test_unchanged_is_not_modified(blog: Source) -> None:
    first = run(blog)
    second = again(blog, first)
    assert (second.not_modified, second.entries) == (True, ())
    assert second.validators == first.validators


def test_new_and_corrected_posts_are_read(sandbox: Sandbox, blog: Source) -> None:
    first = run(blog)
    new = sandbox.newsroom.publish(title="Storm warning")
    old = sandbox.newsroom.articles[-1]
    sandbox.newsroom.revise(old.slug, title="Corrected")
    titles = [entry.title for entry in again(blog, first).entries]
    assert titles[0] == new.title
    assert "Corrected" in titles


def test_a_scheduled_post_appears_with_an_old_date_of_change(sandbox: Sandbox, blog: Source) -> None:
    """Only the list by date of publication has it near its top."""
    for number in range(60):
        sandbox.newsroom.publish(title=f"Filler {number}", minutes_ago=100)
    first = run(blog)
    now = datetime.now(UTC)
    scheduled = sandbox.newsroom.publish(title="Scheduled", published_at=now)
    sandbox.newsroom.revise(scheduled.slug, modified_at=now - timedelta(days=3))
    assert "Scheduled" in [entry.title for entry in again(blog, first).entries]


def test_hundreds_of_new_posts_are_read_back_to_what_is_known(sandbox: Sandbox, blog: Source) -> None:
    first = run(blog)
    wanted = {sandbox.newsroom.publish(title=f"New {number}").title for number in range(90)}
    found = again(blog, first)
    assert wanted <= {entry.title for entry in found.entries}
    assert found.warnings == ()
    for number in range(120):
        sandbox.newsroom.publish(title=f"Newer {number}")
    flooded = again(blog, found)
    assert len(flooded.entries) == wordpress.SIZE * wordpress.MAX_PAGES
    assert any("more than 100 posts" in warning for warning in flooded.warnings)


def test_the_first_reading_reaches_back_to_the_greatest_age(sandbox: Sandbox, blog: Source) -> None:
    for number in range(230):
        sandbox.newsroom.publish(title=f"Today {number}", minutes_ago=number)
    assert len(run(blog).entries) >= 230


def test_f07_a_post_that_vanished_is_gone(sandbox: Sandbox, blog: Source) -> None:
    first = run(blog)
    for article in (sandbox.newsroom.articles[3], sandbox.newsroom.articles[-1]):
        sandbox.newsroom.withdraw(article.slug)
    missing = {entry.guid for entry in first.entries} - {entry.guid for entry in run(blog).entries}
    second = again(blog, first)
    assert len(missing) == 2
    assert set(second.gone) == missing
    assert again(blog, second).gone == ()


def test_f07_a_post_deep_in_the_archive_is_missed_by_the_sites_own_count(sandbox: Sandbox, blog: Source) -> None:
    for number in range(60):
        sandbox.newsroom.publish(title=f"Post {number}", minutes_ago=number)
    first = run(blog)
    deep = first.entries[50]
    sandbox.newsroom.withdraw(urlsplit(deep.url).path.strip("/").rpartition("/")[2])
    assert again(blog, first).gone == (deep.guid,)


def test_f07_a_post_behind_a_password_is_gone(sandbox: Sandbox, blog: Source) -> None:
    first = run(blog)
    hidden = first.entries[2]
    sandbox.newsroom.revise(urlsplit(hidden.url).path.strip("/").rpartition("/")[2], protected=True)
    second = again(blog, first)
    assert second.gone == (hidden.guid,)
    assert hidden.guid not in {entry.guid for entry in second.entries}


def test_a_stale_page_takes_nothing_away(sandbox: Sandbox, blog: Source) -> None:
    """A cache gives an old list: what is missing in it is asked for by number, and is there."""
    before: dict[str, bytes] = {}
    sandbox.newsroom.garble = before.setdefault
    run(blog)
    sandbox.newsroom.garble = None
    sandbox.newsroom.publish(title="Fresh", minutes_ago=-1)
    found = run(blog)
    posts = "/news/wp-json/wp/v2/posts"
    stale = [body for path, body in before.items() if path == posts]
    assert stale
    answers = iter([stale[0], stale[0]])
    sandbox.newsroom.garble = lambda path, body: next(answers, body) if path == posts else body
    assert again(blog, found).gone == ()


def test_a_post_that_is_only_filed_elsewhere_is_not_gone(sandbox: Sandbox, blog: Source) -> None:
    some = replace(blog, options={"categories": f"{restapi._term_number('World')}"})
    first = run(some)
    moved = next(article for article in sandbox.newsroom.articles if article.section == "World")
    sandbox.newsroom.revise(moved.slug, section="Culture")
    assert again(some, first).gone == ()


@pytest.mark.parametrize(
    "garbage", ["", "{}", "[]", '{"posts": 3}', '{"changed": "x"}', '{"posts": [[1]]}', "{", '{"total": []}']
)
def test_a_damaged_memo_is_a_first_reading(sandbox: Sandbox, blog: Source, garbage: str) -> None:
    first = run(blog)
    assert first.validators
    spoilt = replace(first.validators, etag=f"syndicator:wordpress {garbage}")
    assert len(run(blog, spoilt).entries) == len(first.entries)


# --- what is refused


@pytest.mark.parametrize(
    ("status", "code"), [(401, "rest_forbidden"), (403, "rest_forbidden"), (401, "rest_not_logged_in")]
)
def test_a_closed_api_names_the_remedy(sandbox: Sandbox, blog: Source, status: int, code: str) -> None:
    sandbox.newsroom.api_refusal = restapi.Refused(status, code, "Sorry, you are not allowed to do that.")
    with pytest.raises(SourceUnreachable, match=rf'closed to visitors \({status} {code}\); use kind = "feed"'):
        run(blog)


def test_an_api_that_is_switched_off(sandbox: Sandbox, blog: Source) -> None:
    sandbox.newsroom.api_refusal = restapi.Refused(404, "rest_no_route", "No route was found.")
    with pytest.raises(SourceInvalid, match=r'switched off.*kind = "feed"'):
        run(blog)


def test_wrong_options_are_named(sandbox: Sandbox, blog: Source) -> None:
    with pytest.raises(SourceInvalid, match="rest_no_route"):
        run(replace(blog, options={"type": "news"}))
    sandbox.newsroom.api_refusal = restapi._invalid("categories", "categories[0] is not of type integer.")
    with pytest.raises(SourceInvalid, match="check type and categories"):
        run(blog)


def test_a_site_without_an_api(site: Site) -> None:
    source = Source(
        name="n", kind="wordpress", url=site.page("/", b"<html><title>x</title></html>"), allow_private=True
    )
    with pytest.raises(SourceInvalid, match=r'names no WordPress REST API.*kind = "feed"'):
        run(source)
    site.page("/", b"<rss version='2.0'><channel/></rss>")
    with pytest.raises(SourceInvalid, match='it is a feed, not a WordPress site; use kind = "feed"'):
        run(source)


def test_an_api_on_another_host_must_be_named(site: Site) -> None:
    page = b"<link rel='https://api.w.org/' href='http://cms.example/wp-json/'>"
    source = Source(name="n", kind="wordpress", url=site.page("/", page), allow_private=True)
    with pytest.raises(SourceInvalid, match=r'another host.*api = "http://cms.example/wp-json/"'):
        run(source)


def test_no_network_beyond_the_source(sandbox: Sandbox, blog: Source, site: Site) -> None:
    sandbox.newsroom.publish(title="x", body_html=f"<img src='{site.url}/pixel.gif'>", summary=f"See {site.url}/x")
    run(blog)
    with pytest.raises(SourceError):
        run(replace(blog, url=site.page("/", b"", Link=f'<{sandbox.url}/news/wp-json/>; rel="https://api.w.org/"')))
    assert [path for path, _ in site.requests] == ["/"]
