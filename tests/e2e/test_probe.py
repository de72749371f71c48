"""``check --online`` tries a two_phase Page's drafts out, and every command says what came of it (R18)."""

from tests.e2e.project import Project

TWO_PHASE = ('publish_mode = "direct"', 'publish_mode = "two_phase"')


def facebook(project: Project) -> dict[str, object]:
    online = project.run("check", "--online", "--json", expect=None).json["online"]
    return next(entry for entry in online if entry["channel"] == "facebook")


def test_r18_check_online_probes_and_keeps_the_answer(project: Project) -> None:
    project.edit(TWO_PHASE)
    before = facebook(project)
    assert before["probe"] == {"hidden": True, "kept": False, "note": before["probe"]["note"]}  # type: ignore[index]
    project.run("once")
    assert facebook(project)["probe"]["kept"] is True  # type: ignore[index]
    assert project.sandbox.state.posts("facebook", drafts=True) == []
    assert "drafts are invisible" in project.run("check", "--online", expect=None).out


def test_r18_a_page_that_shows_drafts_is_named_everywhere(project: Project) -> None:
    project.edit(TWO_PHASE)
    state = project.sandbox.state
    state.switches = state.switches.changed(facebook_honours_unpublished=False)
    assert "VISIBLE" in project.run("check", "--online", expect=None).out
    project.run("once", "--backfill", "1")
    post = next(item for item in project.run("log", "--json").json["posts"] if item["channel"] == "facebook")
    assert post["state"] == "published"
    assert "drafts are VISIBLE" in project.run("show", post["id"]).out
    assert "VISIBLE" in project.run("show", post["id"], "--json").json["drafts"]
    assert "drafts are VISIBLE" in project.run("log").err
    assert len(project.live("facebook")) == 1


def test_a_page_that_cannot_be_probed_fails_the_check(project: Project) -> None:
    project.edit(TWO_PHASE)
    state = project.sandbox.state
    state.switches = state.switches.changed(facebook_scopes=("pages_show_list", "pages_read_engagement"))
    answer = project.run("check", "--online", expect=1)
    assert "could not be probed" in answer.out
    assert state.posts("facebook", drafts=True) == []
