"""``sources`` and ``explain`` on a terminal, in a pipe and as JSON, against the sandbox's newsroom."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator.core import rhythm
from syndicator.store import Store, articles, batches
from syndicator.store.articles import New, SourceState
from tests import values
from tests.e2e.project import Project

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KEYS = {
    "name", "kind", "url", "state", "needs_a_person", "findings", "last_success_at", "last_polled_at", "next_poll_at",
    "interval_seconds", "interval_learned", "entries_a_day", "new_24h", "held", "failures", "last_error",
    "baseline_at", "paused_until",
}  # fmt: skip
STATES = {
    "brussels": "ok",
    "letters": "baseline not yet",
    "defence": "failing",
    "blog": "gone",
    "trade": "moved",
    "podcast": "silent",
    "energy": "held",
    "sport": "paused",
}


def learned(now: datetime, *, quiet: timedelta) -> rhythm.Rhythm:
    """What a source taught that had an article every hour by day, until ``quiet`` ago."""
    known, at, last = rhythm.Rhythm(), now - 20 * DAY, None
    while at < now - quiet:
        known = rhythm.learned(known, at=at, new=1 + at.hour % 3 if 6 <= at.hour < 20 else 0, last=last)
        at, last = at + HOUR, at
    return known


@pytest.fixture
def stand(project: Project) -> Project:
    """A project with a source in every state of health."""
    with project.config.open("a", encoding="utf-8") as file:
        for name in STATES:
            most = 'interval_most = "1h"\n' if name == "brussels" else ""
            file.write(f'\n[sources.{name}]\nurl = "https://{name}.example/feed/"\n{most}')
    project.run("pause", "x")  # makes the post log
    now = datetime.now(UTC)
    busy = rhythm.written(learned(now, quiet=HOUR))
    well = {
        "baseline_at": now - 30 * DAY,
        "last_polled_at": now - HOUR / 30,
        "last_success_at": now - HOUR / 30,
        "next_poll_at": now + HOUR / 20,
        "rhythm": busy,
        "window": 50,
        "interval": 780,
        "polls": 4321,
        "etag": 'W/"abc"',
    }
    ill = {
        "brussels": {},
        "defence": {"failures": 9, "last_success_at": now - 7 * HOUR, "last_error": "defence: the server answered 503"},
        "blog": {"failures": 4, "gone_at": now - 2 * DAY, "paused_at": now - DAY, "pause_reason": "gone"},
        "trade": {"moved_to": "https://new.example/", "moved_at": now - 2 * DAY, "moved_polls": 9},
        "podcast": {"rhythm": rhythm.written(learned(now, quiet=4 * DAY))},
        "energy": {},
        "sport": {"paused_at": now - HOUR, "paused_until": now + 2 * HOUR, "pause_reason": "moving house"},
    }
    store = Store.open(f"sqlite:///{project.folder}/state/syndicator.db")
    with store.write() as conn:
        for name, changes in ill.items():
            articles.save_source_state(conn, SourceState(**{"name": name, **well, **changes}))  # type: ignore[arg-type]
        batch = batches.begin(conn, "energy", at=now, guard="flood", reason="30 new articles at once")
        story = values.article(source="energy", first_seen_at=now, title="An old story")
        assert articles.add_many(conn, [New(article=story, aliases=("url:a",), planned=False, batch=batch.id)])
        batches.grow(conn, batch, 30)
    store.close()
    return project


def test_every_state_is_listed_on_a_narrow_terminal(stand: Project) -> None:
    for columns in (80, 100, 120):
        text = stand.on_a_terminal("sources", columns=columns)
        lines = text.splitlines()
        table = [line for line in lines if not line.startswith("  ") or line.startswith("  └")]
        assert max(map(len, table)) <= columns
        for name, word in STATES.items():
            assert any(line.startswith(name) and word in line for line in lines), (name, text)
    assert " 13 min*" in text
    assert "energy: syndicator approve --source energy | syndicator drop --source energy" in text
    assert "└ the server answered 503" in text


def test_the_list_for_scripts_has_stable_keys(stand: Project) -> None:
    document = stand.run("sources", "--json", expect=1).json
    found = {item["name"]: item for item in document["sources"]}
    assert {name: found[name]["state"] for name in STATES} == STATES
    assert all(item.keys() == KEYS for item in found.values())
    assert set(document["needs_a_person"]) == {"defence", "blog", "trade", "podcast", "energy"}
    assert found["energy"]["findings"][0] == {
        "sign": "held",
        "says": "30 articles are held until you decide: 30 new articles at once",
        "needs_a_person": True,
        "commands": ["syndicator approve --source energy", "syndicator drop --source energy"],
    }
    lines = stand.run("sources", "list", expect=1).out.splitlines()
    assert lines[0].split("\t")[:3] == ["source", "kind", "state"]
    assert len(lines) == len(found) + 1
    shown = stand.run("sources", "list", "--problems", "--json", expect=1).json["sources"]
    assert "brussels" not in {item["name"] for item in shown}


def test_a_listing_is_fine_before_there_is_a_post_log(project: Project) -> None:
    assert "baseline not yet" in project.run("sources").out
    assert project.run("sources", "show", "eutoday", "--json").json["state"] == "baseline not yet"
    assert "put options behind the subcommand" in project.run("sources", "--json", "list", expect=2).err


def test_one_source_is_drawn(stand: Project) -> None:
    text = stand.on_a_terminal("sources", "show", "brussels", columns=100)
    assert "13 min (learned, between 5 min and 1 h)" in text
    assert "polls with news by hour of the day (Europe/Brussels)" in text
    assert "█" in text
    assert "9 new articles in one poll: 99 of 100 polls with news brought at most 3" in " ".join(text.split())
    document = stand.run("sources", "show", "brussels", "--json").json
    assert document.keys() > KEYS
    assert sum(document["rhythm"]["by_hour"]) > 200
    assert set(document["rhythm"]["new_in_a_poll"]) == {"1", "2", "3–5"}
    held = stand.run("sources", "show", "energy", "--json", expect=1).json
    assert held["batches"][0]["titles"] == ["An old story"]
    assert "unknown" not in stand.run("sources", "show", "brusels", expect=2).err


def test_a_source_is_tried_out_and_nothing_is_remembered(project: Project) -> None:
    tried = project.run("sources", "test", "eutoday", "--json").json
    assert (tried["ok"], tried["first_reading"], tried["kind"]) == (True, True, "feed")
    assert tried["counts"]["new"] + tried["counts"]["too old"] == len(tried["entries"]) == 5
    assert tried["fetches"][0]["status"] == 200
    assert tried["fetches"][0]["etag"]
    assert tried["rules"]
    assert not (project.folder / "state" / "syndicator.db").exists()
    project.run("once")
    project.sandbox.newsroom.publish(title="A ferry sails again")
    text = project.on_a_terminal("sources", "test", "eutoday", columns=100)
    assert "1 new, 5 known; what is new is planned by the rules" in text
    assert "A ferry sails again → x" in text
    assert "nothing was remembered, planned or sent" in text
    assert project.run("sources", "show", "eutoday", "--json").json["new_24h"] == 5


def test_an_address_is_tried_out_and_its_kind_guessed(project: Project) -> None:
    base = project.sandbox.urls.feed().removesuffix("feed/")
    assert project.run("sources", "test", f"{base}news-sitemap.xml", "--json").json["kind"] == "sitemap"
    assert project.run("sources", "test", f"{base}atom.xml", "--json").json["kind"] == "feed"
    gone = project.run("sources", "test", f"{base}nothing-here", "--json", expect=1).json
    assert (gone["ok"], gone["fetches"][0]["status"]) == (False, None)
    assert "404" in gone["problem"]
    assert "neither an address nor a source" in project.run("sources", "test", "nothing", expect=1).err


def test_a_wrong_kind_is_told_the_right_one(project: Project) -> None:
    project.edit((project.sandbox.urls.feed(), project.sandbox.urls.feed().replace("feed/", "news-sitemap.xml")))
    answer = project.run("sources", "test", "eutoday", expect=1)
    assert 'write kind = "sitemap" into [sources.eutoday]' in answer.out


def test_polling_plans_and_delivers_nothing(project: Project) -> None:
    first = project.run("sources", "poll", "eutoday").out
    assert "eutoday: 5 remembered without posting" in first
    project.sandbox.newsroom.publish(title="A ferry sails again")
    found = project.run("sources", "poll", "--json").json
    assert found["sources"][0]["new"] == 1
    assert found["sources"][0]["articles"][0]["title"] == "A ferry sails again"
    assert (found["planned"]["articles"], found["delivered"]) == (1, 0)
    assert project.live("x") == []
    again = project.run("sources", "poll", "eutoday").out
    assert "eutoday: unchanged" in again
    assert "nothing was delivered" in again


def test_a_paused_source_stays_unread_until_it_is_resumed(project: Project) -> None:
    said = project.run("sources", "pause", "eutoday", "the site is being moved", "--for", "2h", "--json").json
    assert (said["paused"], said["reason"]) == (True, "the site is being moved")
    assert "0 sources polled" in project.run("once").out
    refused = project.run("sources", "poll", "eutoday", expect=1)
    assert "it is paused (the site is being moved); syndicator sources resume eutoday" in refused.err
    (listed,) = project.run("sources", "--json").json["sources"]
    assert listed["state"] == "paused"
    assert listed["paused_until"] == said["until"]
    assert "is read again" in project.run("sources", "resume", "eutoday").out
    assert "was not paused" in project.run("sources", "resume", "eutoday").out
    assert "1 sources polled" in project.run("once").out
    assert "is not a duration" in project.run("sources", "pause", "eutoday", "--for", "soon", expect=2).err


def test_a_server_that_asks_for_time_gets_it_unless_forced(stand: Project) -> None:
    store = Store.open(f"sqlite:///{stand.folder}/state/syndicator.db")
    now = datetime.now(UTC)
    asked = SourceState(name="eutoday", failures=1, last_polled_at=now, next_poll_at=now + 5 * HOUR)
    with store.write() as conn:
        articles.save_source_state(conn, asked)
    store.close()
    answer = stand.run("sources", "poll", "eutoday", expect=1)
    assert "it is left alone until" in answer.err
    assert "5 remembered" in stand.run("sources", "poll", "eutoday", "--force").out


def test_the_story_of_an_article(project: Project) -> None:
    project.run("once")
    story = project.sandbox.newsroom.publish(title="A ferry sails again")
    project.run("once", expect=None)
    url = project.sandbox.newsroom.url(story)
    text = project.on_a_terminal("explain", url + "?utm_source=mail&fbclid=1", columns=80)
    assert max(len(line) for line in text.splitlines() if "://" not in line and "syndicator" not in line) <= 80
    assert "first seen by source eutoday" in text
    assert "x: published" in text
    told = project.run("explain", url, "--json", expect=None).json
    assert told.keys() == {
        "known", "found", "article", "names", "fate", "says", "batch", "revisions", "rules", "channels", "happenings",
        "needs_a_person", "commands",
    }  # fmt: skip
    remote = next(row["posts"][0]["remote_url"] for row in told["channels"] if row["channel"] == "x")
    assert project.run("explain", remote, "--json", expect=None).json["article"]["url"] == url
    baseline = project.sandbox.newsroom.articles[1]
    assert project.run("explain", project.sandbox.newsroom.url(baseline), "--json").json["fate"] == "baseline"
    unknown = project.run("explain", url.replace("ferry", "fairy"), "--json", expect=1).json
    assert (unknown["known"], unknown["near"][0]["url"]) == (False, url)


# --- the README's examples ------------------------------------------------------------------------------------------


def readme(command: str) -> list[str]:
    """Give the lines that the README shows below ``$ command``, without what differs from day to day."""
    text = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(rf"\$ {re.escape(command)}[^\n]*\n(.*?)```", text, re.DOTALL)
    return [plain(line) for line in shown.splitlines() if line.strip()]


def plain(line: str) -> str:
    """Leave out numbers, ids, addresses and blanks."""
    line = re.sub(r"https?://\S+", "URL", line)
    line = re.sub(r"\b[a-z2-7]{13}\b", "ID", line)
    return re.sub(r"\d+( min( \d+ s)?|)\*?", "0", " ".join(line.split()))


def test_the_readmes_table_is_what_is_printed(stand: Project) -> None:
    printed = [plain(line) for line in stand.on_a_terminal("sources", columns=100).splitlines()]
    assert [line for line in readme("syndicator sources") if line not in printed] == []


def test_the_readmes_story_is_what_is_told(project: Project) -> None:
    project.run("once")
    newsroom = project.sandbox.newsroom
    before = datetime.now(UTC) - timedelta(minutes=4)
    story = newsroom.publish(title="Parliament backs closed harbour plan", slug="harbour-plan", published_at=before)
    project.run("once", expect=None)
    newsroom.revise(story.slug, title="Parliament backs open harbour plan")
    project.run("sources", "poll")
    text = project.run("explain", newsroom.url(story) + "?utm_source=newsletter", expect=None).out
    printed = {plain(line) for line in text.splitlines()}
    unlike = [line for line in readme("syndicator explain") if line not in printed]
    # Facebook has it too.
    assert unlike == [line for line in unlike if line.endswith("after it was posted on x")]
    assert any(line.endswith("posted on facebook, x, where it is not posted again") for line in printed)
