"""A thread on X and a first comment on Facebook, from the newsroom's own files to what readers see."""

from pathlib import Path

import pytest

from tests.e2e.project import Project
from tests.e2e.test_editor import story

THREAD = """{{ article.title | fit }}
{{ link }}
{% part %}
{{ article.summary | sentences(1) | fit }}
{% part %}
More: {{ link }}
"""
COMMENT = "{{ article.title | fit }}{% part %}Read it here: {{ link }}"


@pytest.fixture
def newsroom(project: Project) -> Project:
    for name, text in (
        ("twitter/x.j2", THREAD),
        ("facebook/label-news.j2", COMMENT),
        ("twitter/label-sprot.j2", THREAD),
    ):
        file: Path = project.folder / "templates" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return project


def test_check_and_preview_name_the_template_and_why(newsroom: Project) -> None:
    said = newsroom.run("check").out
    assert "x: twitter/x.j2 (for the channel x) · twitter.j2 (the platform's own)" in said
    assert "facebook: facebook/label-news.j2 (for the label news) · facebook.j2 (the platform's own)" in said
    assert "nothing takes the template twitter/label-sprot.j2" in said
    found = newsroom.run("check", "--json").json
    assert found["templates"]["youtube"] == [{"template": "youtube.j2", "why": "the platform's own"}]
    shown = newsroom.run("preview", "--source", "eutoday").out
    assert "twitter/x.j2 (for the channel x)" in shown
    assert shown.count("↳") == 3


def test_a_named_template_that_is_missing_is_an_error_and_a_missing_override_is_none(newsroom: Project) -> None:
    (newsroom.folder / "templates" / "twitter" / "x.j2").unlink()
    newsroom.run("check")
    newsroom.edit(('account = "@EU_today"', 'account = "@EU_today"\ntemplate = "gone.j2"'))
    assert "gone.j2" in newsroom.run("check", expect=2).out


def test_the_preview_shows_the_bytes_of_the_whole_thread(newsroom: Project) -> None:
    url = story(newsroom)
    shown = newsroom.run("preview", url, "--channel", "x", "--channel", "facebook", "--json").json["teasers"]
    x, page = shown
    newsroom.run("post", url, "--channel", "x", "--channel", "facebook")
    live = newsroom.sandbox.state.posts("x")
    assert [post.text for post in live] == [x["text"], *(each["text"] for each in x["follow_ups"])]
    assert [post.detail.get("in_reply_to") for post in live] == [None, live[0].id, live[1].id]
    post, comment = newsroom.sandbox.state.posts("facebook")
    assert (post.text, post.link) == (page["text"], None)
    assert (comment.kind, comment.text) == ("comment", page["follow_ups"][0]["text"])
    assert comment.detail["in_reply_to"] == post.id
    assert "utm_content=" in comment.text
    # The log and the card tell of it.
    rows = newsroom.run("log", "--json").json["posts"]
    assert sorted(row["part"] for row in rows if row["channel"] == "x") == [0, 1, 2]
    card = newsroom.run("show", next(row["id"] for row in rows if row["part"] == 0 and row["channel"] == "x")).out
    assert "↳ follow-up 1" in card
    # Posting it again does nothing.
    newsroom.run("post", url, "--channel", "x")
    assert len(newsroom.sandbox.state.posts("x")) == 3
