"""``templates`` and the lint of ``check``, as a newsroom uses them: golden files, diffs, own articles, exit codes."""

import os
from pathlib import Path

import pytest

from syndicator.core.teaser_check import ARTICLES
from tests import warm
from tests.e2e.project import Project

ROOT = Path(__file__).resolve().parents[2]


def golden(project: Project, template: str = "twitter.j2") -> Path:
    return project.folder / "templates" / "golden" / template


def change(project: Project, old: str, new: str, template: str = "twitter.j2") -> None:
    path = project.folder / "templates" / template
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def write(project: Project, text: str, template: str = "twitter.j2") -> None:
    path = project.folder / "templates" / template
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_the_first_test_says_how_to_begin_and_an_update_writes_all(project: Project) -> None:
    first = project.run("templates", "test", expect=1)
    assert f"{3 * len(ARTICLES)} new" in first.out
    assert "syndicator templates test --update" in first.out
    assert not golden(project).exists()
    project.run("templates", "test", "--update")
    assert len(list(golden(project).glob("*.txt"))) == len(ARTICLES)
    assert (golden(project) / "a-thai-article.txt").read_text(encoding="utf-8").startswith("# a Thai article, by tw")
    assert "the same" in project.run("templates", "test").out


def test_a_change_is_shown_as_a_diff_until_it_is_accepted(project: Project) -> None:
    write(project, "{{ article.title | fit }}\n{{ article.tags | hashtags(2) }}\n{{ link }}\n")
    project.run("templates", "test", "--update")
    change(project, "hashtags(2)", "hashtags(1)")
    run = project.run("templates", "test", expect=1)
    lines = run.out.splitlines()
    assert "-#EuropeanUnion #Budget" in lines
    assert "+#EuropeanUnion" in lines
    assert any(line.startswith("--- ") and line.endswith("an-ordinary-article.txt (golden)") for line in lines)
    assert "facebook.j2" not in run.out
    document = project.run("templates", "test", "--json", expect=1).json
    assert {one["template"] for one in document["changed"]} == {"twitter.j2"}
    project.run("templates", "test", "--update")
    project.run("templates", "test")


def test_a_single_template_is_tested_alone(project: Project) -> None:
    project.run("templates", "test", "--update")
    write(project, "{{ article.title | fit }} » {{ link }}", "youtube.j2")
    project.run("templates", "test", "twitter", "facebook.j2")
    project.run("templates", "test", "youtube", expect=1)
    assert "no channel uses a template 'nope.j2'" in project.run("templates", "test", "nope", expect=2).err


def test_goldens_of_templates_that_are_gone_are_removed_and_said(project: Project) -> None:
    write(project, "{{ article.title | fit }}\n{{ link }}\n", "own.j2")
    project.edit(('account = "@EU_today"', 'account = "@EU_today"\ntemplate = "own.j2"'))
    project.run("templates", "test", "--update")
    assert golden(project, "own.j2").is_dir()
    project.edit(('\ntemplate = "own.j2"', ""))
    run = project.run("templates", "test", expect=1)
    assert f"own.j2: {len(ARTICLES)} gone" in run.out
    updated = project.run("templates", "test", "--update")
    assert f"own.j2: removed {len(ARTICLES)}" in updated.out
    assert not golden(project, "own.j2").exists()
    project.run("templates", "test")


def test_own_articles_are_tested_and_their_mistakes_named(project: Project) -> None:
    own = project.folder / "templates" / "golden" / "articles"
    own.mkdir(parents=True)
    (own / "vote.toml").write_text('title = "Council votes"\ntags = ["Harbour"]\npublished_at = 2026-11-20\n')
    project.run("templates", "test", "--update")
    assert "\nCouncil votes\n" in (golden(project) / "vote.txt").read_text(encoding="utf-8")
    (own / "bad.toml").write_text('titel = "x"\ntags = "y"\n')
    run = project.run("templates", "test", expect=2)
    for said in (
        "bad.toml: titel: is not known (hint: did you mean title?)",
        "tags: must be a list",
        "title: is missing",
    ):
        assert said in run.err
    assert "bad.toml: titel" in project.run("check", expect=2).out
    (own / "bad.toml").write_text('title = "x\n')
    assert "cannot be read" in project.run("templates", "test", expect=2).err


def test_goldens_are_the_same_whatever_the_machine_is_set_to(project: Project) -> None:
    write(project, "{{ article.title | fit }} {{ article.published_at | date('d MMMM HH:mm') }}\n{{ link }}")
    project.run("templates", "test", "--update")
    project.fresh = True  # a process of its own reads the environment
    project.env |= {"TZ": "Pacific/Auckland", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}
    project.run("templates", "test")


def test_the_list_says_where_each_lies_and_who_uses_it(project: Project) -> None:
    (project.folder / "templates" / "youtube.j2").unlink()
    write(project, "{{ article.title | fit }} {{ link }}", "twitter/label-news.j2")
    rows = {row["template"]: row for row in project.run("templates", "list", "--json").json["templates"]}
    assert {name: row["where"] for name, row in rows.items()} == {
        "facebook.j2": "yours", "twitter.j2": "yours", "twitter/label-news.j2": "yours", "youtube.j2": "shipped",
    }  # fmt: skip
    assert rows["twitter/label-news.j2"]["uses"] == [{"channel": "x", "why": "for the label news"}]
    assert "twitter/label-news.j2\tyours\tx: for the label news\tnone" in project.run("templates", "list").out


def test_an_override_has_golden_renderings_of_its_own(project: Project) -> None:
    write(project, "DE: {{ article.title | fit }} {{ link }}", "twitter/de.j2")
    project.run("templates", "test", "--update")
    text = (golden(project, "twitter/de.j2") / "an-ordinary-article.txt").read_text(encoding="utf-8")
    assert "\nDE: Coalition" in text
    project.run("templates", "test")


# --- check ----------------------------------------------------------------------------------------------------------


def test_check_names_file_and_line_with_a_remedy(project: Project) -> None:
    write(project, "{{ link }}\n{{ article.titel | fit }}\n")
    where, hint = "templates/twitter.j2:2", "did you mean article.title?"
    assert f"{where}: the Article has no attribute 'titel' (hint: {hint})" in project.run("check", expect=2).out
    problems = project.run("check", "--json", expect=2).json["problems"]
    assert [(one["file"], one["hint"]) for one in problems] == [(where, hint)]


def test_check_counts_as_the_channel_counts(project: Project) -> None:
    write(project, "{{ article.title }}\n{{ link }}\n")
    run = project.run("check", expect=2)
    assert "templates/twitter.j2:1: with a title of 300 characters, on x: the text is too long" in run.out
    project.edit(('account = "@EU_today"', 'account = "@EU_today"\ntext_limit = "25000"'))
    project.run("check")


def test_check_remarks_on_a_forgotten_link(project: Project) -> None:
    write(project, "{{ article.title | fit }}", "youtube.j2")
    assert "youtube.j2 does not print the link" in project.run("check").out


# --- what ships -----------------------------------------------------------------------------------------------------


def test_the_shipped_templates_make_what_their_golden_renderings_say() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SYNDICATOR")}
    process = warm.parent().start(("templates", "test"), cwd=ROOT, env=env)
    out, err = process.communicate()
    assert process.returncode == 0, out + err


@pytest.mark.parametrize("name", ["an-arabic-article", "a-title-of-emoji", "markup-in-the-title"])
def test_golden_renderings_are_for_reading(name: str) -> None:
    text = (ROOT / "templates" / "golden" / "twitter.j2" / f"{name}.txt").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "https://news.example.com/2026/11/story/" in text
    assert text.endswith("\n")
