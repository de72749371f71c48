"""A day at the desk: every command as an editor uses it, on the shipped example pointed at the sandbox."""

from pathlib import Path

import pytest

from tests.e2e.project import Project

ARTICLE = {
    "id", "guid", "url", "canonical_url", "title", "summary", "published_at", "updated_at", "authors", "tags",
    "image", "language", "source",
}  # fmt: skip
TEASER = {"channel", "platform", "template", "text", "length", "limit", "link", "image", "warnings"}
POST = {
    "id", "key", "article_url", "channel", "platform", "state", "reason", "due_at", "published_at", "remote_id",
    "remote_url", "attempts", "part",
}  # fmt: skip


def story(project: Project) -> str:
    """Give the address of the newest article."""
    return str(project.run("articles", "--source", "eutoday", "--json").json["articles"][0]["url"])


def test_check_finds_the_example_in_order_and_online(project: Project) -> None:
    found = project.run("check", "--json").json
    assert found["problems"] == []
    online = project.run("check", "--online", "--json", expect=None).json["online"]
    assert {entry["channel"]: entry["ok"] for entry in online} == {"x": True, "facebook": True, "youtube": True}


def test_articles_have_the_pinned_shape(project: Project) -> None:
    articles = project.run("articles", "--source", "eutoday", "--json").json["articles"]
    assert len(articles) == 5
    assert all(set(article) == ARTICLE for article in articles)
    assert all(article["published_at"].endswith("Z") for article in articles)
    assert not (project.folder / "state").exists()  # no state touched
    page = project.run("articles", "--page", articles[0]["url"], "--json").json["articles"][0]
    assert page["title"] == articles[0]["title"]
    assert page["canonical_url"] == articles[0]["canonical_url"]


def test_a_preview_shows_the_bytes_that_are_sent(project: Project) -> None:
    url = story(project)
    shown = project.run("preview", url, "--channel", "x", "--json").json
    assert set(shown["article"]) == ARTICLE
    assert set(shown["teasers"][0]) >= TEASER
    assert project.live("x") == []
    project.run("post", url, "--channel", "x")
    live = project.sandbox.state.posts("x")[0]
    assert live.text == shown["teasers"][0]["text"]
    assert shown["teasers"][0]["link"] in live.text


def test_preview_page(project: Project) -> None:
    project.run("preview", "--source", "eutoday", "--latest", "3", "--html", "preview.html")
    page = (project.folder / "preview.html").read_text(encoding="utf-8")
    assert page.count("data:image/") >= 3
    assert "<script src" not in page


def test_post_once_and_only_once(project: Project) -> None:
    url = story(project)
    dry = project.run("post", url, "--dry-run", "--json").json
    assert len(dry["teasers"]) == 3
    assert project.live("x") == []
    first = project.run("post", url, "--json").json["posts"]
    assert all(set(post) == POST for post in first)
    assert {post["channel"]: post["state"] for post in first} == {
        "x": "published",
        "facebook": "published",
        "youtube": "processing",
    }
    again = project.run("post", url, "--json").json["posts"]
    assert [post["id"] for post in again] == [post["id"] for post in first]
    assert "already live" in project.run("post", url).out
    assert (len(project.live("x")), len(project.live("facebook"))) == (1, 1)
    repeated = project.run("post", url, "--channel", "x", "--again", "corrected headline", "--json").json["posts"][0]
    assert repeated["id"] != first[0]["id"]


def test_the_hand_off_to_a_person(project: Project) -> None:
    url = story(project)
    post = project.run("post", url, "--channel", "youtube", "--json").json["posts"][0]
    assert post["state"] == "processing"
    shown = project.run("show", post["id"], "--json").json
    page = Path(shown["pending"]["detail"]["page"])
    assert "show_create_dialog=1" in page.read_text(encoding="utf-8")
    assert (page.parent / "picture-1.jpg").stat().st_size > 1000
    assert f"syndicator settle {post['id']} --live URL" in project.run("show", post["id"][:6]).out
    live = "https://www.youtube.com/post/UgkxABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
    wrong = project.run("settle", post["id"], "--live", "https://example.org/", expect=2)
    assert "YouTube" in wrong.err
    settled = project.run("settle", post["id"], "--live", live, "--json").json["posts"][0]
    assert (settled["state"], settled["remote_url"]) == ("published", live)


def test_a_doubtful_post_is_found_by_looking(project: Project) -> None:
    url = story(project)
    project.sandbox.script("drop", platform="x", match={"role": "create"}, when="after")
    assert project.run("post", url, "--channel", "x", "--json").json["posts"][0]["state"] == "unknown"
    project.run("once")
    rows = project.run("log", "--channel", "x", "--json").json["posts"]
    assert [row["state"] for row in rows] == ["published"]
    assert len(project.live("x")) == 1


def test_a_post_that_cannot_be_found_needs_a_person(project: Project) -> None:
    url = story(project)
    project.sandbox.script("drop", platform="x", match={"role": "create"}, when="before")
    post = project.run("post", url, "--channel", "x", "--json").json["posts"][0]
    assert post["state"] == "unknown"
    assert "look-ups are under way" in project.run("settle", post["id"], "--resend", expect=2).err
    project.work_until(lambda: project.state_of(post["id"]) == "attention", "the question")
    shown = project.run("show", post["id"])
    assert "--resend" in shown.out
    assert "may have reached the platform" in shown.out
    assert project.run("log", "--state", "attention", "--json").json["posts"][0]["id"] == post["id"]
    project.run("settle", post["id"], "--resend")
    project.run("once")
    assert len(project.live("x")) == 1
    assert sum(project.sandbox.control.bodies("x").values()) == 2


def test_approve_drop_pause_and_resume(project: Project) -> None:
    project.edit(('{ channel = "x", delay = "0s" }', '{ channel = "x", approval = true }'))
    project.run("once", "--backfill", "2", expect=1)  # held posts need a person
    held = project.run("log", "--state", "held", "--json").json["posts"]
    assert [post["channel"] for post in held] == ["x", "x"]
    project.run("pause", "x", "--reason", "lunch")
    project.run("approve", held[0]["id"])
    project.run("drop", held[1]["id"])
    assert "lunch" in project.run("once").err
    assert project.live("x") == []
    project.run("resume", "x")
    project.run("once")
    assert len(project.live("x")) == 1
    assert project.run("drop", held[1]["id"], expect=2).err


def test_once_begins_with_a_baseline_and_then_posts_what_is_new(project: Project) -> None:
    first = project.run("once", "--json").json
    assert (first["sources"]["baselined"], first["posts"]) == (5, [])
    assert project.live("x") == []
    project.sandbox.newsroom.publish(title="Bridge opens a week early", tags=("Transport",))
    rehearsed = project.run("once", "--dry-run", "--json").json
    assert len(rehearsed["posts"]) == 2
    assert project.live("x") == []
    second = project.run("once", "--json").json
    assert {(post["channel"], post["state"]) for post in second["posts"]} == {
        ("x", "published"),
        ("facebook", "published"),
    }
    third = project.run("once", "--json").json
    assert third["posts"] == []
    assert (len(project.live("x")), len(project.live("facebook"))) == (1, 1)


@pytest.mark.parametrize("text", ["Our own words on this.", "x" * 300])
def test_an_editors_own_words_are_sent_whole_or_refused(project: Project, text: str) -> None:
    url = story(project)
    answer = project.run("post", url, "--channel", "x", "--text", text, "--json", expect=None)
    post = answer.json["posts"][0]
    if len(text) < 200:
        assert (answer.code, post["state"]) == (0, "published")
        assert project.sandbox.state.posts("x")[0].text.startswith(text)
    else:
        assert (answer.code, post["state"]) == (1, "held")
        assert project.live("x") == []


def test_a_text_file_can_be_posted(project: Project) -> None:
    note = project.folder / "note.md"
    note.write_text(f"url: {story(project)}\n\n# Correction of the harbour story\n\nThe date was wrong.\n")
    post = project.run("post", "--file", str(note), "--channel", "x", "--json").json["posts"][0]
    assert post["state"] == "published"
    assert "Correction of the harbour story" in project.sandbox.state.posts("x")[0].text


def test_exit_codes_and_remedies(project: Project) -> None:
    project.fresh = True  # as the shell sees it
    assert "syndicator init" in project.run("-c", "nowhere.toml", "check", expect=2).out
    assert "Did you mean 'preview'" in project.run("previw", expect=2).err
    assert project.run("show", "zzz", expect=None).code in (2, 3)
    project.run("once")
    (project.folder / "state" / "syndicator.db").write_bytes(b"not a database at all" * 100)
    assert "not an SQLite database" in project.run("once", expect=3).err
    project.edit(('interval = "1s"', 'intervall = "1s"'))
    assert "did you mean `interval`" in project.run("check", expect=2).out
