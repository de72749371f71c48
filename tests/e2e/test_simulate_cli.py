"""``simulate`` as a newsroom uses it: tables, JSON, a calendar, another configuration, errors with remedies."""

import hashlib
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from syndicator.store.engine import Store
from tests import stored
from tests.e2e.project import Project

NOW = datetime.now(UTC).replace(microsecond=0)


def fill(project: Project, *, days: int, a_day: int) -> None:
    store = Store.open(f"sqlite:///{project.folder}/state/syndicator.db", create=True)
    stored.fill(store, until=NOW, days=days, a_day=a_day)
    store.close()


@pytest.fixture
def full(project: Project) -> Project:
    """Give a project whose post log has a week of news, and no timing that depends on today's hour."""
    fill(project, days=9, a_day=6)
    return project


def another(project: Project, *changes: tuple[str, str]) -> str:
    """Write another configuration beside the present one."""
    text = project.config.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (project.folder / "config" / "new.toml").write_text(text, encoding="utf-8")
    return "config/new.toml"


def test_it_shows_what_where_when_and_the_cost(full: Project) -> None:
    found = full.run("simulate", "--since", "7d", "--json").json
    assert found["articles"] == 42
    out = [post for post in found["posts"] if post["state"] == "published"]
    assert {post["channel"] for post in out} == {"x", "facebook", "youtube"}
    paid = [post for post in out if post["channel"] == "x"]
    assert float(found["total"]["cost_usd"]) == pytest.approx(0.2 * len(paid))
    held = [post for post in found["posts"] if post["state"] == "held"]
    assert {(post["rule"], post["reason"]) for post in held} == {("opinion", "waits for approval")}
    assert all(post["text"].endswith(post["link"]) for post in paid)
    assert found["since"] < min(post["at"] for post in out)
    table = full.run("simulate", "--since", "7d").out
    assert f"x: {len(paid)} posted" in table
    assert "--posts lists them" in table
    whole = full.run("simulate", "--since", "7d", "--posts", "--channel", "x").out
    assert whole.count("\tposted\t") == len(paid)
    assert "\tfacebook\t" not in whole


def test_few_posts_are_listed_at_once(full: Project) -> None:
    run = full.run("simulate", "--since", "2d", "--channel", "youtube")
    assert run.out.startswith("when\tchannel\twhat\tarticle\trule / why\tcost\n")


def test_another_configuration_is_compared_with_the_present_one(full: Project) -> None:
    assert "changes no post" in full.run("simulate", "--since", "7d", "--config", another(full)).out
    new = another(
        full,
        ('account = "@EU_today"', 'account = "@EU_today"\nmin_interval = "90m"'),
        ('tags = ["Video"', 'tags = ["Film"'),
    )
    found = full.run("simulate", "--since", "7d", "--config", new, "--json").json
    assert found["config"] == new
    moved = found["difference"]["moved"]
    assert moved
    assert {one["after"]["channel"] for one in moved} == {"x"}
    assert "no rule sends it there" in {one["why"] for one in found["difference"]["removed"]}
    assert "youtube" in {one["before"]["channel"] for one in found["difference"]["removed"]}
    assert found["present"]["channels"]["youtube"]["published"] > 0
    text = full.run("simulate", "--since", "7d", "--config", new, "--posts").out
    assert "against the present configuration: " in text
    assert "moved\t" in text


def test_a_new_configuration_with_mistakes_is_refused_with_all_of_them(full: Project) -> None:
    new = another(full, ('expires_after = "6h"', 'expires_after = "six"'), ("daily_cap = 25", 'daily_cap = "many"'))
    run = full.run("simulate", "--since", "7d", "--config", new, expect=2)
    assert "new.toml" in run.err
    assert "daily_cap" in run.err
    assert "expires_after" in run.err


# --- what cannot be played ------------------------------------------------------------------------------------------


def test_without_a_post_log_it_says_how_to_begin(project: Project) -> None:
    run = project.run("simulate", expect=3)
    assert "`syndicator once`" in run.err
    assert not (project.folder / "state" / "syndicator.db").exists()


def test_an_empty_log_is_no_simulation(project: Project) -> None:
    Store.open(f"sqlite:///{project.folder}/state/syndicator.db", create=True).close()
    assert "has no articles yet" in project.run("simulate", expect=2).err


def test_no_articles_in_that_time_says_which_there_are(project: Project) -> None:
    store = Store.open(f"sqlite:///{project.folder}/state/syndicator.db", create=True)
    stored.fill(store, until=NOW - timedelta(days=40), days=3, a_day=2)
    store.close()
    run = project.run("simulate", "--since", "7d", expect=2)
    (hint,) = re.findall(r"hint: --since (\d+d)", run.err)
    assert project.run("simulate", "--since", hint, "--json").json["articles"] > 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--since", "soon"), "'soon' is not a time; write 7d, 12h or 2026-11-01"),
        (("--since", "2999-01-01"), "'2999-01-01' is not before now"),
        (("--since", "1d", "--until", "3d"), "'1d' is not before --until 3d"),
        (("--until", "2999-01-01"), "'2999-01-01' is not over yet"),
        (("--channel", "nope"), "no channel 'nope'; configured: x, facebook, youtube"),
    ],
)
def test_wrong_words_are_usage_errors(full: Project, args: tuple[str, ...], said: str) -> None:
    assert said in full.run("simulate", *args, expect=2).err


# --- it leaves no trace ---------------------------------------------------------------------------------------------


def test_it_touches_neither_the_post_log_nor_any_network(full: Project) -> None:
    full.run("log")  # whatever a listing does to the files is done
    full.sandbox.close()

    def state() -> dict[str, str]:
        files = [path for path in (full.folder / "state").rglob("*") if path.is_file() and path.suffix != ".db-shm"]
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = state()
    full.run("simulate", "--since", "7d", "--config", another(full), "--html", "calendar.html")
    assert state() == before


def test_a_month_takes_seconds(project: Project) -> None:
    fill(project, days=34, a_day=50)
    project.run("simulate", "--since", "1d", "--json")
    began = time.perf_counter()
    found = project.run("simulate", "--since", "30d", "--json").json
    assert found["articles"] == 1500
    assert time.perf_counter() - began < 60  # 3 s alone on one core; machines that test are busy with other things


# --- the calendar ---------------------------------------------------------------------------------------------------


@pytest.fixture
def calendar(full: Project) -> Path:
    new = another(full, ('account = "@EU_today"', 'account = "@EU_today"\nmin_interval = "90m"'))
    full.run("simulate", "--since", "7d", "--config", new, "--html", "calendar.html")
    return full.folder / "calendar.html"


def test_the_calendar_has_every_post_once_and_escapes_what_others_wrote(full: Project, calendar: Path) -> None:
    text = calendar.read_text(encoding="utf-8")
    page = lxml_html.document_fromstring(text)
    found = full.run("simulate", "--since", "7d", "--config", "config/new.toml", "--json").json
    gone = [one for one in found["difference"]["removed"] if one["after"] is None]
    assert len(page.xpath("//section[@class='days']//li")) == len(found["posts"]) + len(gone)
    assert "<b>Port Mirelle</b>" not in text
    assert "&lt;b&gt;Port Mirelle&lt;/b&gt;" in text
    assert not page.xpath("//script | //link | //img | //*[@style]")
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert f"{found['total']['published']}" in page.xpath("string(//p[@class='big'])")
    assert page.xpath("//span[contains(@class, 'kind moved')]/b/text()")[0] == str(len(found["difference"]["moved"]))


def test_a_calendar_that_cannot_be_written_says_so(full: Project) -> None:
    run = full.run("simulate", "--since", "7d", "--html", "nowhere/calendar.html", expect=1)
    assert "nowhere/calendar.html" in run.err


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1360])
def test_a_browser_shows_the_calendar_without_asking_anybody(
    browser: Any, calendar: Path, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(calendar.as_uri())
    assert (asked, complaints) == ([calendar.as_uri()], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 13, 19)"
    assert dark == (scheme == "dark")
    columns = page.evaluate(
        "new Set([...document.querySelectorAll('td.day')].map(e => e.getBoundingClientRect().x)).size"
    )
    assert columns == (1 if width < 760 else 7)
    page.locator("td.day a[href]").first.click()
    assert page.evaluate("location.hash").startswith("#d20")
    page.close()
