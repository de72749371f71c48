"""What a review broke once for editors and operators: each test keeps one promise that was broken then."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import click
import pytest
from jinja2 import DictLoader
from structlog.testing import capture_logs

from syndicator import settings, wiring
from syndicator.cli import when
from syndicator.core.teaser import Templates
from syndicator.model import Channel, Post, QuietHours, Route, Rule, State
from syndicator.service import admin, approval, rehearsal
from syndicator.service.deliver import deliver
from syndicator.service.notify import Notice, Notifier
from syndicator.service.plan import plan
from syndicator.service.reconcile import reconcile
from syndicator.store import articles, posts
from tests import values
from tests.service.bench import Bench, make_bench
from tests.service.test_reconcile import doubt, run_for

MINUTE = timedelta(minutes=1)
AT_NIGHT = QuietHours(start=time(12, 0), end=time(19, 0))
"""Longer than a post is fresh, and the bench's clock stands in it."""


def place(bench: Bench, **how: object) -> Post:
    story = how.pop("article", None) or values.article()
    (placed,) = admin.place(bench.parts, story, channels_=[bench.parts.channels["x"]], **how)  # type: ignore[arg-type]
    return placed.post


# --- the bytes that a person saw ------------------------------------------------------------------------------------


def test_r22_what_was_approved_is_what_is_sent(tmp_path: Path) -> None:
    rule = Rule(name="all", routes=(Route(channel="x", approval=True),))
    bench = make_bench(tmp_path, rules=(rule,))
    story = values.article(title="Minister denies fraud")
    with bench.parts.store.write() as conn:
        articles.add(conn, story, (f"url:{story.canonical_url}",), planned=False)
    plan(bench.parts)
    with bench.parts.store.write() as conn:
        held = posts.latest_edition(conn, story.id, "x")
        articles.revise(conn, replace(story, title="Minister admits fraud"), at=bench.clock.now())
    assert held is not None
    assert held.payload_sha256
    approval.approve(bench.parts, held, sha256=held.payload_sha256)
    deliver(bench.parts)
    (body,) = bench.x.bodies
    assert "denies" in body
    assert bench.row(held).payload_sha256 == held.payload_sha256
    bench.parts.store.close()


def test_r22_d29_an_approval_given_twice_counts_once(bench: Bench) -> None:
    held = approval.recompose(bench.parts, bench.queue(state=State.HELD))
    approval.approve(bench.parts, held)
    with pytest.raises(admin.Refused, match="only held posts"):
        approval.approve(bench.parts, bench.row(held))
    deliver(bench.parts)
    assert len(bench.x.bodies) == 1


def test_what_a_preview_shows_is_what_post_sends(tmp_path: Path) -> None:
    """With the template that the rules name, and the words as they were just read."""
    rule = Rule(name="all", routes=(Route(channel="x", template="breaking.j2"),))
    bench = make_bench(tmp_path, rules=(rule,))
    texts = {"breaking.j2": "BREAKING {{ article.title }} {{ link }}", "twitter.j2": "{{ article.title }} {{ link }}"}
    bench.parts.composer.templates = Templates(DictLoader(texts))
    stored, fresh = values.article(title="Old headline"), values.article(title="Corrected headline")
    with bench.parts.store.write() as conn:
        articles.add(conn, stored, (f"url:{stored.canonical_url}",), planned=True)
    (shown,) = rehearsal.preview(
        bench.parts.composer, [fresh], channels=[bench.parts.channels["x"]], rules=[rule], known=lambda _: stored.id
    )
    post = admin.send_now(bench.parts, place(bench, article=fresh))
    assert bench.x.bodies == [f"{post.id} {shown.drafts['x'].composed.request}"]
    assert "BREAKING Corrected headline" in bench.x.bodies[0]
    bench.parts.store.close()


# --- once, whatever the address -------------------------------------------------------------------------------------


def test_f01_an_article_is_known_by_the_address_that_a_person_typed(bench: Bench) -> None:
    typed = "https://news.example/?p=7"
    from_feed = values.article(id="afeed00000000", url=typed, canonical_url="https://news.example?p=7", guid=typed)
    with bench.parts.store.write() as conn:
        articles.add(conn, from_feed, ("url:https://news.example?p=7",), planned=True)
    first = place(bench, article=from_feed)
    (again,) = admin.place(bench.parts, values.article(), channels_=[bench.parts.channels["x"]], typed=typed)
    assert (again.new, again.post.id) == (False, first.id)


def test_f01_the_typed_address_stays_known(bench: Bench) -> None:
    first = place(bench, typed="https://news.example/?p=7")
    feed = values.article(id="afeed00000000", guid="", url="https://news.example/?p=7", canonical_url="")
    assert place(bench, article=feed) == first


# --- posting beside the daemon --------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", [timedelta(0), 5 * MINUTE])
def test_a_post_that_the_daemon_took_meanwhile_is_reported_as_it_is(tmp_path: Path, interval: timedelta) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(min_interval=interval),))
    placed = place(bench)
    deliver(replace(bench.parts, node="daemon/2", active=set()))
    assert admin.send_now(bench.parts, placed).state is State.PUBLISHED
    assert len(bench.x.bodies) == 1
    bench.parts.store.close()


# --- waiting loses nothing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_hand", [True, False])
def test_quiet_hours_never_make_a_post_stale(tmp_path: Path, by_hand: bool) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(quiet_hours=AT_NIGHT),))
    if by_hand:
        post = place(bench)
        admin.send_now(bench.parts, post)
    else:
        post = approval.recompose(bench.parts, bench.queue(state=State.HELD))
        approval.approve(bench.parts, post)
    run_for(bench, timedelta(hours=8), step=30 * MINUTE)
    assert bench.row(post).state is State.PUBLISHED
    bench.parts.store.close()


def test_a_paused_channel_keeps_its_posts_however_long(bench: Bench) -> None:
    post = bench.queue()
    admin.pause(bench.parts, bench.parts.channels["x"], "weekend")
    run_for(bench, timedelta(days=2), step=timedelta(hours=2))
    assert bench.row(post).state is State.QUEUED


def test_a_time_that_is_over_is_refused(bench: Bench) -> None:
    with pytest.raises(click.BadParameter, match="is over"):
        when.moment("2026-11-21T18:00", timezone="UTC", now=bench.clock.now())
    assert when.moment("11:00", timezone="UTC", now=bench.clock.now()) > bench.clock.now()


# --- whose post it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "url"),
    [
        (values.channel(account="@EU_today"), "https://x.com/somebody_else/status/1"),
        (Channel(name="x", platform="facebook", options={"page_id": "42"}), "https://www.facebook.com/43/posts/7"),
        (Channel(name="x", platform="facebook", options={"page_id": "42"}), "https://www.facebook.com/43_7"),
    ],
)
def test_the_address_of_another_accounts_post_settles_nothing(tmp_path: Path, channel: Channel, url: str) -> None:
    bench = make_bench(tmp_path, channels=(channel,))
    post = bench.queue(platform=channel.platform, template="")
    bench.x.publishing.append("gone")
    deliver(bench.parts)
    with pytest.raises(admin.Refused, match="not"):
        admin.settle_live(bench.parts, bench.row(post), url)
    assert bench.row(post).state is State.UNKNOWN
    bench.parts.store.close()


@pytest.mark.parametrize("url", ["https://x.com/eu_TODAY/status/5", "https://x.com/i/web/status/5"])
def test_the_address_of_our_own_post_settles_a_doubt(tmp_path: Path, url: str) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(account="@EU_today"),))
    post = doubt(bench)
    assert admin.settle_live(bench.parts, bench.row(post), url).remote_id == "5"
    bench.parts.store.close()


def test_a_resend_by_a_person_of_what_a_removed_channel_left_sends_nothing(bench: Bench) -> None:
    post = doubt(bench)
    gone = replace(bench.parts, channels={})
    reconcile(gone)
    admin.settle_resend(gone, bench.row(post))
    bench.clock.tick(MINUTE)
    reconcile(gone)
    deliver(gone)
    assert len(bench.x.bodies) == 1


# --- configuration --------------------------------------------------------------------------------------------------


NEWSROOM = """
[site]
name = "N"
timezone = "UTC"
[sources.news]
kind = "feed"
url = "https://news.example/feed"
[channels.x]
platform = "x"
account = "a"
resend = {resend}
api_base = "{base}"
[channels.x.windows]
settle = "{settle}"
[channels.x.credentials]
consumer_key = "env:A"
consumer_secret = "env:A"
access_token = "env:A"
access_token_secret = "env:A"
[[rules]]
name = "r"
routes = ["x"]
"""


@pytest.mark.parametrize(
    ("resend", "settle", "base", "safe"),
    [
        ("true", "0s", "https://api.x.com", False),
        ("true", "29m", "https://api.x.com", False),
        ("true", "30m", "https://api.x.com", True),
        ("false", "1m", "https://api.x.com", True),
        ("true", "1s", "http://127.0.0.1:9", True),
    ],
)
def test_r10_a_window_too_short_to_prove_absence_is_refused_with_resend(
    tmp_path: Path, resend: str, settle: str, base: str, safe: bool
) -> None:
    path = tmp_path / "syndicator.toml"
    path.write_text(NEWSROOM.format(resend=resend, settle=settle, base=base), encoding="utf-8")
    found = wiring.unsafe_windows(settings.load(path, spec_of=wiring.spec_of, env={"A": "secret"}))
    assert (found == []) is safe


@pytest.fixture
def club(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A platform of somebody else's: a module outside this package."""
    folder = tmp_path / "packages" / "review_acme"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "club.py").write_text(
        "from dataclasses import replace\n"
        "from syndicator.platforms import twitter\n"
        "from syndicator.platforms.twitter import capabilities, compose, connect, remote_id_from_url\n"
        "SPEC = replace(twitter.SPEC, name='club', title='Club')\n"
    )
    monkeypatch.syspath_prepend(folder.parent)
    yield "review_acme.club"
    for name in ("review_acme", "review_acme.club"):
        sys.modules.pop(name, None)


def test_a_third_partys_platform_sends_with_its_own_template(tmp_path: Path, club: str) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(platform=club),))
    bench.parts.composer.templates = Templates(DictLoader({"club.j2": "Club: {{ article.title }} {{ link }}"}))
    post = admin.send_now(bench.parts, place(bench))
    assert post.state is State.PUBLISHED
    assert "Club: Harbour" in bench.x.bodies[0]
    assert "utm_source=club" in bench.x.bodies[0]
    bench.parts.store.close()


def test_the_webhooks_address_is_a_secret_and_not_logged() -> None:
    from tests.contract.raw import closed_port

    hook = f"http://127.0.0.1:{closed_port()}/services/T000/B000/s3cr3tHookPath"
    with capture_logs() as lines:
        Notifier(webhook=hook).tell(Notice(key="k", subject="s", text="t"))
    assert [line["event"] for line in lines] == ["s", "notice not delivered"]
    assert "s3cr3tHookPath" not in str(lines)
