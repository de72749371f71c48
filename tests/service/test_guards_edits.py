"""Articles that change or vanish: after posting (F06), after approval (R22), right before they are sent (F07)."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from syndicator.cli import card, logbook
from syndicator.model import Article, Entry, Post, Route, Rule, Source, State
from syndicator.service import approval, corrections
from syndicator.service.deliver import deliver
from syndicator.service.parts import Page
from syndicator.service.reconcile import reconcile
from syndicator.store import articles, views
from tests import values
from tests.service.bench import Bench
from tests.service.newsfeed import FEED, FIVE, HOUR, alarms, baseline, entry, newsroom, read, reasons, states
from tests.sources.site import drip, serving

RESIGNS, STAYS = "Minister resigns", "Minister does not resign"
ASKED = (Rule(name="all", routes=(Route(channel="x", approval=True),)),)
LATER = (Rule(name="all", routes=(Route(channel="x", delay=HOUR),)),)


def story(bench: Bench, title: str = RESIGNS, **changes: Any) -> Entry:
    return replace(entry(bench, 50), title=title, published_at=values.NOW, **changes)


def only(bench: Bench) -> Post:
    with bench.parts.store.read() as conn:
        (row,) = views.log(conn)
    return row.post


def posted(bench: Bench) -> Post:
    baseline(bench)
    read(bench, [story(bench)])
    deliver(bench.parts)
    bench.clock.tick(FIVE)
    return only(bench)


# --- after posting --------------------------------------------------------------------------------------------------


def test_f06_an_edit_after_posting_is_told_once_and_never_posted(tmp_path: Path) -> None:
    bench = newsroom(tmp_path)
    post = posted(bench)
    for _ in range(4):
        read(bench, [story(bench, STAYS, updated_at=bench.clock.now())])
        deliver(bench.parts)
        bench.clock.tick(FIVE)
    assert (len(bench.x.bodies), states(bench)) == (1, {STAYS: "published"})
    (told,) = alarms(bench, "headline changed after posting")
    assert told == f"“{RESIGNS}” reads “{STAYS}” now; posted with the earlier one:\n  x: {post.remote_url}"
    read(bench, [story(bench, "Minister undecided")])
    assert len(alarms(bench, "headline changed after posting")) == 2


def test_f06_an_edit_of_the_text_alone_is_a_revision_and_no_alarm(tmp_path: Path) -> None:
    bench = newsroom(tmp_path)
    post = posted(bench)
    read(bench, [story(bench, summary="More is known now.")])
    with bench.parts.store.read() as conn:
        assert len(views.changes(conn, post.article_id)) == 1
        article = articles.get(conn, post.article_id)
    assert article is not None
    assert article.revised_at == bench.clock.now()
    assert alarms(bench, "headline changed after posting") == []


def test_f06_the_card_shows_what_the_headline_was_and_is(tmp_path: Path) -> None:
    bench = newsroom(tmp_path)
    post = posted(bench)
    before = logbook._card(bench.parts, post.id, command="syndicator")
    assert before.headline is None
    read(bench, [story(bench, STAYS)])
    made = logbook._card(bench.parts, post.id, command="syndicator")
    assert made.headline == corrections.Headline(at=bench.clock.now(), then=RESIGNS, now=STAYS)
    import click

    text = CliRunner().invoke(click.Command("show", callback=lambda: card.show(made))).output
    assert "headline      changed after posting: it was “Minister resigns”" in text
    assert card.document(made)["headline_changed"] == {"at": "2026-11-22T12:10:00Z", "then": RESIGNS, "now": STAYS}


def test_f06_a_headline_that_is_changed_back_is_what_was_posted(tmp_path: Path) -> None:
    bench = newsroom(tmp_path)
    post = posted(bench)
    for title in (STAYS, RESIGNS):
        read(bench, [story(bench, title)])
        bench.clock.tick(FIVE)
    assert logbook._card(bench.parts, post.id, command="syndicator").headline is None


def test_f06_an_edit_before_the_first_attempt_is_simply_what_goes_out(tmp_path: Path) -> None:
    bench = newsroom(tmp_path, rules=LATER)
    baseline(bench)
    read(bench, [story(bench)])
    bench.clock.tick(FIVE)
    read(bench, [story(bench, STAYS)])
    bench.clock.tick(HOUR)
    deliver(bench.parts)
    assert STAYS in bench.x.bodies[0]
    assert bench.told.notices == []
    assert logbook._card(bench.parts, only(bench).id, command="syndicator").headline is None


# --- after approval -------------------------------------------------------------------------------------------------


def approved(bench: Bench) -> Post:
    """Approve the story, to go out in an hour."""
    baseline(bench)
    read(bench, [story(bench)])
    bench.clock.tick(FIVE)
    post = approval.approve(bench.parts, only(bench))
    with bench.parts.store.write() as conn:
        from syndicator.core.lifecycle import Event
        from syndicator.store import posts

        posts.move(conn, post, Event.DEFER, at=bench.clock.now(), due_at=bench.clock.now() + HOUR)
    bench.clock.tick(FIVE)
    return only(bench)


def test_r22_a_correction_after_the_approval_holds_the_post_and_tells_once(tmp_path: Path) -> None:
    bench = newsroom(tmp_path, rules=ASKED)
    post = approved(bench)
    for _ in range(3):
        read(bench, [story(bench, STAYS)])
        bench.clock.tick(FIVE)
    bench.clock.tick(2 * HOUR)
    deliver(bench.parts)
    assert bench.x.bodies == []
    row = bench.row(post)
    assert (row.state, row.reason) == (State.HELD, corrections.CORRECTED)
    assert [notice.text for notice in bench.told.notices] == [corrections.CORRECTED]
    assert row.payload_sha256 == post.payload_sha256  # neither version is lost: a person says which one is meant
    with pytest.raises(approval.Changed) as refused:
        approval.approve(bench.parts, row)
    assert (refused.value.change.headline_then, refused.value.change.headline_now) == (RESIGNS, STAYS)


@pytest.mark.parametrize("which", ["old words", "new words"])
def test_r22_the_person_says_which_words_are_meant_and_is_not_asked_again(tmp_path: Path, which: str) -> None:
    bench = newsroom(tmp_path, rules=ASKED)
    approved(bench)
    read(bench, [story(bench, STAYS)])
    bench.clock.tick(FIVE)
    if which == "old words":
        approval.approve(bench.parts, only(bench), sha256=only(bench).payload_sha256 or "")
    else:
        approval.recompose(bench.parts, only(bench))
        approval.approve(bench.parts, only(bench))
    bench.clock.tick(2 * HOUR)
    read(bench, [story(bench, STAYS)])
    deliver(bench.parts)
    assert states(bench) == {STAYS: "published"}
    assert (RESIGNS if which == "old words" else STAYS) in bench.x.bodies[0]


def test_r22_a_correction_that_changes_no_word_of_the_post_leaves_it_alone(tmp_path: Path) -> None:
    bench = newsroom(tmp_path, rules=ASKED)
    post = approved(bench)
    read(bench, [story(bench, summary="Not in the template")])
    assert bench.row(post).state is State.QUEUED


def test_r22_a_correction_whose_consequences_nobody_drew_is_seen_right_before_the_send(tmp_path: Path) -> None:
    """The process died between remembering and holding."""
    bench = newsroom(tmp_path, rules=ASKED)
    post = approved(bench)
    with bench.parts.store.write() as conn:
        article = articles.get(conn, post.article_id)
        assert article is not None
        articles.revise(conn, replace(article, title=STAYS), at=bench.clock.now())
    bench.clock.tick(2 * HOUR)
    deliver(bench.parts)
    assert (bench.row(post).state, bench.x.bodies) == (State.HELD, [])


def test_r22_what_was_held_for_a_correction_is_not_stale_before_anybody_could_look(tmp_path: Path) -> None:
    bench = newsroom(tmp_path, rules=ASKED)
    post = approved(bench)
    bench.clock.tick(post.expires_at - bench.clock.now() - FIVE)
    read(bench, [story(bench, STAYS)])
    bench.clock.tick(HOUR)
    reconcile(bench.parts)
    assert bench.row(post).state is State.HELD


# --- withdrawn, gone ------------------------------------------------------------------------------------------------


def test_f07_a_headline_that_takes_the_story_back_holds_what_waits(tmp_path: Path) -> None:
    bench = newsroom(tmp_path, rules=LATER)
    baseline(bench)
    read(bench, [story(bench)])
    bench.clock.tick(FIVE)
    read(bench, [story(bench, f"[Withdrawn] {RESIGNS}")])
    assert only(bench).state is State.HELD  # at once, and not only when it would have gone out
    bench.clock.tick(2 * HOUR)
    deliver(bench.parts)
    assert (only(bench).state, only(bench).reason) == (State.HELD, corrections.WITHDRAWN)
    assert len(bench.told.notices) == 1


def test_f07_a_story_that_is_withdrawn_when_it_is_first_seen_is_held(tmp_path: Path) -> None:
    bench = newsroom(tmp_path)
    baseline(bench)
    read(bench, [story(bench, f"[REMOVED] {RESIGNS}")])
    assert (only(bench).state, only(bench).reason) == (State.HELD, "its headline says that it was withdrawn")
    bench.clock.tick(FIVE)
    approval.approve(bench.parts, only(bench))
    deliver(bench.parts)
    assert only(bench).state is State.PUBLISHED


def test_f07_what_the_source_no_longer_shows_is_held_and_a_person_is_asked_once(tmp_path: Path) -> None:
    bench = newsroom(tmp_path, rules=LATER)
    document = baseline(bench)
    one = story(bench)
    read(bench, [one, *document])
    for _ in range(3):
        bench.clock.tick(FIVE)
        read(bench, document, gone=(one.guid.replace("https:", "http:"), "nobody"))
    assert (only(bench).state, reasons(bench)) == (State.HELD, {RESIGNS: corrections.GONE})
    assert len(bench.told.notices) == 1
    approval.recompose(bench.parts, only(bench))
    approval.approve(bench.parts, only(bench))
    read(bench, document, gone=(one.guid,))
    bench.clock.tick(2 * HOUR)
    deliver(bench.parts)
    assert only(bench).state is State.PUBLISHED


CHECKED = replace(FEED, live_check=True)


def checked(folder: Path, page: "Callable[[Source, Article], Page]", **changes: Any) -> Bench:
    bench = newsroom(folder, feed=CHECKED, **changes)
    bench.parts = replace(bench.parts, page=page)
    baseline(bench)
    read(bench, [story(bench)])
    return bench


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (Page(gone="not found (404)"), "its page is gone: not found (404)"),
        (Page(gone="gone for good (410)"), "its page is gone: gone for good"),
        (Page(title=f"[Removed] {RESIGNS}"), "its page says that it was withdrawn"),
        (Page(canonical_url="https://news.example/2026/11/story-3"), "its link leads to the page of another article"),
    ],
)
def test_f07_right_before_the_send_the_page_is_asked(tmp_path: Path, page: Page, why: str) -> None:
    bench = checked(tmp_path, lambda source, article: page)
    deliver(bench.parts)
    deliver(bench.parts)
    assert (only(bench).state, bench.x.bodies) == (State.HELD, [])
    assert only(bench).reason.startswith(why)
    assert len(bench.told.notices) == 1
    bench.clock.tick(FIVE)
    approval.recompose(bench.parts, only(bench))
    approval.approve(bench.parts, only(bench))
    deliver(bench.parts)
    assert only(bench).state is State.PUBLISHED  # a person knows better


@pytest.mark.parametrize("page", [Page(), Page(title=RESIGNS), Page(title="Cookies?", canonical_url="")])
def test_f07_no_answer_is_no_verdict(tmp_path: Path, page: Page) -> None:
    bench = checked(tmp_path, lambda source, article: page)
    deliver(bench.parts)
    assert only(bench).state is State.PUBLISHED


def test_f16_where_the_link_leads_is_one_more_name_of_the_article(tmp_path: Path) -> None:
    target = "https://news.example/2026/11/minister"
    bench = checked(tmp_path, lambda source, article: Page(title=RESIGNS, canonical_url=target))
    deliver(bench.parts)
    bench.clock.tick(FIVE)
    moved = story(bench, url=target, canonical_url=target, guid="another guid")
    assert read(bench, [moved]).new == 0
    assert len(bench.x.bodies) == 1


def test_f07_the_page_is_asked_only_where_the_source_says_so_and_never_of_what_may_be_live(tmp_path: Path) -> None:
    asked: list[str] = []

    def page(source: Source, article: Article) -> Page:
        asked.append(article.url)
        return Page()

    bench = checked(tmp_path, page)
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    reconcile(bench.parts)
    assert len(asked) == 1
    (tmp_path / "other").mkdir()
    plain = newsroom(tmp_path / "other")
    plain.parts = replace(plain.parts, page=page)
    baseline(plain)
    read(plain, [story(plain)])
    deliver(plain.parts)
    assert (len(asked), len(plain.x.bodies)) == (1, 1)


def page_of(title: str, **meta: str) -> bytes:
    tags = "".join(f'<meta property="og:{name}" content="{value}">' for name, value in meta.items())
    return (
        f'<html lang="en"><head><title>{title}</title>{tags}</head><body><article>Text</article></body></html>'.encode()
    )


def test_f07_the_page_over_http() -> None:
    from syndicator.service import live

    source = replace(CHECKED, allow_private=True)
    with serving() as site:
        there = site.page(
            "/there", page_of(RESIGNS, type="article", url=f"{site.url}/target"), Content_Type="text/html"
        )
        gone = site.page("/gone", b"", status=410)
        broken = site.page("/broken", b"", status=500)
        slow = site.script("/slow", drip(page_of(RESIGNS), pause=0.2))
        asked = {url: live.page(source, values.article(url=url)) for url in (there, gone, broken, site.url + "/nobody")}
        assert asked[there].title == RESIGNS
        assert asked[gone].gone == "gone for good (410)"
        assert asked[site.url + "/nobody"].gone == "not found (404)"
        assert asked[broken] == Page()
        assert live.page(source, values.article(url="http://127.0.0.1:9/nobody")) == Page()
        assert live.page(CHECKED, values.article(url=there)) == Page()  # a private address that nobody named
        began = time.monotonic()
        assert live.page(source, values.article(url=slow), seconds=0.5) == Page()
        assert time.monotonic() - began < 5
