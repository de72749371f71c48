"""``preview`` as an editor calls it: on the terminal, for scripts, as a page and as pictures."""

import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from PIL import Image

from tests.e2e.project import Project

THREAD = "{{ article.title | fit }}\n{% part %}\nRead it here: {{ link }}\n"


def page(project: Project, name: str = "preview.html") -> Any:
    return lxml_html.document_fromstring((project.folder / name).read_text(encoding="utf-8"))


def chromium() -> None:
    pytest.importorskip("playwright.sync_api")
    if not any(map(shutil.which, ("chromium", "google-chrome"))):
        pytest.skip("no Chromium on this machine")


def test_the_terminal_shows_text_count_link_cost_and_template(project: Project) -> None:
    out = project.run("preview", "--source", "eutoday").out
    teasers = {
        each["channel"]: each for each in project.run("preview", "--source", "eutoday", "--json").json["teasers"]
    }
    for name, teaser in teasers.items():
        cost = " · $0.20" if name == "x" else ""
        template = f"{teaser['template']} ({teaser['template_why']})"
        assert f"── {name} · {teaser['length']}/{teaser['limit']} · {template}{cost}\n" in out
        assert all(f"   {line}\n" in out for line in teaser["text"].splitlines() if line)
        assert teaser["link"] in out
    assert f"   [link] {teasers['facebook']['link']}\n" in out  # on Facebook it is a field of its own
    assert "[picture] image/jpeg" in out
    assert out.endswith("3 posts, $0.20 if all are sent; nothing was sent\n")


def test_the_terminal_shows_warnings_problems_and_what_follows(project: Project) -> None:
    (project.folder / "templates" / "twitter.j2").write_text(THREAD)
    (project.folder / "templates" / "facebook.j2").write_text("{{ article.title }\n")
    answer = project.run("preview", "--source", "eutoday")
    assert "   ↳ then · " in answer.out
    assert "   Read it here: http" in answer.out
    assert "── facebook: facebook.j2:1: " in answer.out
    own = project.run("preview", "--source", "eutoday", "--text", "See eutoday.net for more", "--channel", "x")
    assert "   ! “eutoday.net” counts as a link" in own.out
    assert "/280 · a person's own words · $0.20" in own.out


def test_json_has_everything_that_is_known(project: Project) -> None:
    (project.folder / "templates" / "twitter.j2").write_text(THREAD)
    shown = project.run("preview", "--source", "eutoday", "--json").json
    assert set(shown) == {"article", "teasers", "problems"}
    for teaser in shown["teasers"]:
        assert {
            "channel", "platform", "template", "template_why", "text", "length", "limit", "link", "media", "cost_usd",
            "request", "warnings", "language", "marker", "sha256", "follow_ups",
        } <= set(teaser)  # fmt: skip
    by_channel = {teaser["channel"]: teaser for teaser in shown["teasers"]}
    assert by_channel["x"]["follow_ups"][0]["marker"] in by_channel["x"]["follow_ups"][0]["text"]
    assert by_channel["youtube"]["media"][0]["width"] == by_channel["youtube"]["media"][0]["height"]


def test_link_cards_are_made_of_the_pages_tags(project: Project) -> None:
    def other_tags(path: str, body: bytes) -> bytes:
        is_page = b'property="og:title"' in body
        return (
            body.replace(b'property="og:title" content="', b'property="og:title" content="On the page: ')
            if is_page
            else body
        )

    project.sandbox.newsroom.garble = other_tags
    project.run("preview", "--source", "eutoday", "--html", "preview.html")
    title = project.run("preview", "--source", "eutoday", "--json").json["article"]["title"]
    shown = page(project)
    over = shown.xpath("string(//*[contains(@class, 'twitter')]//*[@class='over'])")
    assert over == f"On the page: {title}"
    assert shown.xpath("string(//*[contains(@class, 'facebook')]//*[@class='title'])") == over
    assert not shown.xpath("//*[@class='note']")


def test_a_page_without_tags_has_a_card_without_a_picture(project: Project) -> None:
    def no_picture(path: str, body: bytes) -> bytes:
        return (
            body.replace(b"og:image", b"x:image").replace(b"twitter:image", b"x:image") if b"og:title" in body else body
        )

    project.sandbox.newsroom.garble = no_picture
    project.run("preview", "--source", "eutoday", "--html", "preview.html")
    assert page(project).xpath("//*[contains(@class, 'card small')]")
    assert not page(project).xpath("//*[contains(@class, 'card')]//img")


def test_a_page_that_is_gone_is_said_and_the_source_drawn(project: Project) -> None:
    project.sandbox.newsroom.garble = lambda path, body: b"" if b"og:title" in body else body
    project.run("preview", "--source", "eutoday", "--html", "preview.html")
    assert "could not be read" in page(project).xpath("string(//*[@class='note'])")
    assert page(project).xpath("//*[contains(@class, 'card large')]")


def test_a_page_keeps_its_permissions_to_the_umask_and_goes_where_it_is_told(project: Project) -> None:
    project.run("preview", "--source", "eutoday", "--html", "preview.html", "--scheme", "dark", "--width", "desktop")
    mode = stat.S_IMODE((project.folder / "preview.html").stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    assert mode == 0o666 & ~umask
    assert page(project).xpath("//input[@checked]/@id") == ["width-desktop", "scheme-dark"]
    answer = project.run("preview", "--source", "eutoday", "--html", "nowhere/preview.html", expect=1)
    assert "nowhere/preview.html" in answer.err
    assert "No such file or directory" in answer.err


def _width(path: Path) -> int:
    with Image.open(path, formats=["PNG"]) as picture:
        return picture.width


def test_pictures_of_all_kinds_go_into_a_folder(project: Project) -> None:
    chromium()
    answer = project.run(
        "preview", "--source", "eutoday", "--channel", "x", "--png", "shots", "--scheme", "both", "--width", "both"
    )
    names = ["dark-desktop.png", "dark-phone.png", "light-desktop.png", "light-phone.png"]
    assert sorted(path.name for path in (project.folder / "shots").iterdir()) == names
    assert answer.err.count("wrote shots/") == 4
    assert {_width(project.folder / "shots" / name) for name in names} == {828, 2800}


def test_one_picture_is_one_file(project: Project) -> None:
    chromium()
    project.run("preview", "--source", "eutoday", "--channel", "x", "--png", "one.png")
    assert _width(project.folder / "one.png") == 828
    answer = project.run("preview", "--source", "eutoday", "--png", "two.png", "--scheme", "both", expect=2)
    assert "folder" in answer.err


def test_without_a_browser_the_remedy_is_named(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api")
    empty = tmp_path / "empty"
    empty.mkdir()
    project.env |= {"PATH": str(empty), "PLAYWRIGHT_BROWSERS_PATH": str(empty)}
    order = ("preview", "--source", "eutoday", "--channel", "x", "--png", "one.png")
    assert "install the package chromium" in project.run(*order, expect=2).err
    project.env["SYNDICATOR_CHROMIUM"] = str(empty / "gone")
    assert "gone is no program (SYNDICATOR_CHROMIUM)" in project.run(*order, expect=2).err
    broken = empty / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    project.env["SYNDICATOR_CHROMIUM"] = str(broken)
    assert "broken does not start" in project.run(*order, expect=2).err
    assert not (project.folder / "one.png").exists()
