"""What a person sees when a post needs one: the real command line, the real sandbox, a terminal 80 columns wide."""

import re
from typing import Any

import pytest

from tests.e2e.project import Project
from tests.e2e.test_editor import story

THREE = ("--live URL", "--resend", "--drop")


def post_with(project: Project, fault: str, **how: Any) -> dict[str, Any]:
    """Post the newest article to X while the platform misbehaves."""
    project.sandbox.script(fault, platform="x", match={"role": "create"}, **how)
    post: dict[str, Any] = project.run("post", story(project), "--channel", "x", "--json", expect=None).json["posts"][0]
    return post


def work_until_asked(project: Project, post: dict[str, Any]) -> None:
    project.work_until(lambda: project.state_of(post["id"]) == "attention", "the question")


def commands(shown: str) -> list[str]:
    return re.findall(r"syndicator \w+ \w+ --[^\n]+|syndicator \w+ \w{13}", shown)


def test_a_lost_answer_is_told_from_the_first_doubt_to_the_question(project: Project) -> None:
    post = post_with(project, "drop", when="before")
    assert post["state"] == "unknown"
    card = project.run("show", post["id"], "--json").json
    assert {way["answer"]: way["possible"] for way in card["answers"]} == {
        "live": True, "resend": False, "drop": False,
    }  # fmt: skip
    assert all(way["why_not"] for way in card["answers"] if not way["possible"])
    assert card["next_look_at"]
    work_until_asked(project, post)
    card = project.run("show", post["id"], "--json").json
    assert [way["command"] for way in card["answers"]] == [f"syndicator settle {post['id']} {end}" for end in THREE]
    assert all(way["possible"] for way in card["answers"])
    (attempt,) = card["attempts"]
    assert (attempt["reach"], attempt["result"]) == ("on the wire", "unknown")
    assert attempt["payload_sha256"] == card["payload_sha256"]
    assert len(card["look_ups"]) >= 2
    for look in card["look_ups"]:
        assert re.match(r"X's clock \d\d:\d\d:\d\d, no posts since the intent, none matches", look["says"])
    assert card["window"]["says"].startswith("1 s by X's clock, ")
    assert card["history"][0]["event"] == "plan"
    assert card["history"][-1]["to"] == "attention"


@pytest.mark.parametrize("columns", [80, 160])
def test_the_card_on_a_terminal(project: Project, columns: int) -> None:
    post = post_with(project, "drop", when="before")
    project.sandbox.control.by_hand("x", "Something else")
    work_until_asked(project, post)
    shown = project.on_a_terminal("show", post["id"], columns=columns)
    assert "only you can tell. Look at @EU_today on X" in " ".join(shown.split())
    assert "1 post since the intent, none matches" in " ".join(shown.split())
    assert f"sha256 {project.run('show', post['id'], '--json').json['payload_sha256'][:12]}" in shown
    assert "may have reached the platform" in " ".join(shown.split())
    for end in THREE:
        assert f"  syndicator settle {post['id']} {end}\n" in shown, "a command stands whole on one line"
    too_long = [line for line in shown.splitlines() if len(line) > columns and "http://" not in line]
    assert too_long == []
    assert shown.rstrip().endswith("--drop"), "what to type stands next to the prompt"
    listed = project.on_a_terminal("log", "--state", "attention", columns=columns)
    assert f"syndicator settle {post['id']} --live URL | --resend | --drop\n" in listed
    assert f"1 post needs you (1 attention): syndicator show {post['id']}" in listed


def test_a_duplicate_refusal_is_neither_yes_nor_no(project: Project) -> None:
    post = post_with(project, "403-duplicate")
    assert post["state"] == "unknown"
    shown = " ".join(project.run("show", post["id"]).out.split())
    assert "HTTP 403, X's clock" in shown
    assert "they may be live, from this attempt or by somebody's hand" in shown
    work_until_asked(project, post)
    assert "never changed to get past it" in " ".join(project.run("show", post["id"]).out.split())


def test_several_that_match_are_named(project: Project) -> None:
    post = post_with(project, "drop", when="after")
    live = project.sandbox.state.posts("x")[0]
    (twin,) = project.sandbox.control.by_hand("x", live.text, link=live.link)
    work_until_asked(project, post)
    shown = project.run("show", post["id"]).out
    assert f"/status/{live.id}" in shown
    assert f"/status/{twin.id}" in shown
    assert "2 match" in shown
    ours = f"https://x.com/EU_today/status/{live.id}"
    project.run("settle", post["id"], "--live", ours)
    assert f"remote        {ours}" in project.run("show", post["id"]).out


def test_refused_credentials_say_what_waits_and_how_it_goes_on(project: Project) -> None:
    project.edit(('retry_most = "1s"', 'retry_most = "1h"'), ('retry_first = "200ms"', 'retry_first = "30m"'))
    post = post_with(project, "401", times=0)
    assert post["state"] == "queued"
    shown = project.run("show", post["id"]).out
    assert "waits         channel x is paused until" in shown
    assert "(syndicator resume x)" in shown
    assert "on the wire, and clearly not taken: nothing was sent" in shown


def test_stale_news_says_how_to_post_it_all_the_same(project: Project) -> None:
    project.edit(('\nexpires_after = "6h"', '\nexpires_after = "1s"'))
    url = story(project)
    project.run("pause", "x", "--reason", "lunch")
    post = project.run("post", url, "--channel", "x", "--json").json["posts"][0]
    assert "channel x is paused: lunch (syndicator resume x)" in project.run("show", post["id"]).out
    project.sandbox.script("401", platform="x", match={"role": "create"})
    project.run("resume", "x")
    project.work_until(lambda: project.state_of(post["id"]) == "skipped", "the news to be stale")
    shown = project.run("show", post["id"]).out
    assert f"syndicator post {url} --channel x --again 'why'" in shown


def test_a_refused_post(project: Project) -> None:
    post = post_with(project, "403-url")
    assert post["state"] == "rejected"
    shown = project.run("show", post["id"]).out
    assert f"syndicator retry {post['id']}" in shown
    assert f"syndicator drop {post['id']}" in shown
    listed = project.run("log", "--state", "rejected")
    assert f"syndicator retry {post['id']} | syndicator drop {post['id']}" in listed.out
    assert f"1 post needs you (1 rejected): syndicator show {post['id']}" in listed.err


def test_every_command_can_be_pasted(project: Project) -> None:
    """Also when the configuration lies somewhere else."""
    post = post_with(project, "403-url")
    elsewhere = project.folder / "my config.toml"
    elsewhere.write_text(project.config.read_text().replace('"templates"', f'"{project.folder}/config/templates"'))
    shown = project.run("-c", "config/syndicator.toml", "show", post["id"]).out
    assert f"syndicator -c config/syndicator.toml retry {post['id']}" in shown
    (retry,) = [line for line in shown.splitlines() if " retry " in line]
    project.run(*retry.split("syndicator ", 1)[1].split())
    assert project.run("show", post["id"], "--json").json["post"]["state"] == "queued"


def test_r22_the_editor_sees_what_changed_and_says_which_words_are_meant(project: Project) -> None:
    project.edit(('{ channel = "x", delay = "0s" }', '{ channel = "x", approval = true }'))
    project.run("once", "--backfill", "1", expect=1)
    (post,) = project.run("log", "--state", "held", "--json").json["posts"]
    card = project.run("show", post["id"], "--json").json
    assert card["answers"][0]["command"] == f"syndicator approve {post['id']} --sha256 {card['payload_sha256'][:12]}"
    template = project.folder / "templates" / "twitter.j2"
    template.write_text("CORRECTED " + template.read_text())

    refused = project.run("approve", post["id"], expect=1)
    assert "not approved" in refused.out
    assert "CORRECTED" in refused.out
    (changed,) = project.run("approve", post["id"], "--json", expect=1).json["changed"]
    assert changed["text"] == card["teaser"]["text"]
    assert changed["text_now"].startswith("CORRECTED")
    assert "changed since it was frozen" in project.run("show", post["id"]).out
    assert "not approved" in project.run("approve", post["id"], "--sha256", "0" * 12, expect=2).err

    shown = project.run("approve", post["id"], "--recompose")
    assert "CORRECTED" in shown.out
    sha256 = project.run("show", post["id"], "--json").json["payload_sha256"]
    assert f"syndicator approve {post['id']} --sha256 {sha256[:12]}" in shown.out
    assert project.run("approve", post["id"], "--sha256", card["payload_sha256"], expect=2).err
    (approved,) = project.run("approve", post["id"], "--sha256", sha256[:12], "--json").json["posts"]
    assert (approved["state"], approved["payload_sha256"]) == ("queued", sha256)
    project.run("once", expect=None)
    (live,) = project.sandbox.state.posts("x")
    assert live.text.startswith("CORRECTED")


def test_r22_several_at_once_name_no_hash(project: Project) -> None:
    assert "one post" in project.run("approve", "a", "b", "--sha256", "0" * 12, expect=2).err
    assert "one post" in project.run("approve", "a", "--recompose", "--sha256", "0" * 12, expect=2).err
