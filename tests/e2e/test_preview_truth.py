"""Previews that cannot lie: what a preview shows is what reaches the platforms over HTTP, words, link and pictures.

Every platform, with and without a picture, in the template's words and in an editor's own, with a thread and with a
first comment. The preview is made first, in a process of its own, without credentials for anything.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from syndicator.sandbox import accounts
from syndicator.sandbox.remote import RemotePost
from tests.e2e.project import Project

CHANNELS = ("x", "facebook", "youtube")
OWN = "The ferries run again, said the harbour master. 🚢 #ferries «à demain» 明日"
THREAD = """{{ article.title | fit }}

{{ link }}
{% part %}
{{ article.summary | fit }}
{% part %}
That was the whole story 🧵 {{ link }}
"""
COMMENT = "{{ article.title | fit }}\n{% part %}\nMore about it: {{ link }}\n"


@pytest.fixture
def ready(project: Project) -> Project:
    """Give a project whose YouTube channel may use the API, so that all three platforms are posted to."""
    urls = project.sandbox.urls
    project.edit(
        ('driver = "handoff"', f'driver = "api"\napi_base = "{urls.youtube}"\ntoken_uri = "{urls.token_uri}"'),
        ("# [channels.youtube.credentials]", "[channels.youtube.credentials]"),
        ('# client_id = "env:YOUTUBE', 'client_id = "env:YOUTUBE'),
        ('# client_secret = "env:YOUTUBE', 'client_secret = "env:YOUTUBE'),
        ('# refresh_token = "env:YOUTUBE', 'refresh_token = "env:YOUTUBE'),
    )
    for name in ("client_id", "client_secret", "refresh_token"):
        project.env[f"YOUTUBE_{name.upper()}"] = accounts.YOUTUBE[name]
    return project


def pictures(project: Project, wanted: str) -> None:
    """Give every channel the same setting for pictures; YouTube's is in the example already."""
    project.edit(
        ('account = "@EU_today"', f'account = "@EU_today"\nimage = "{wanted}"'),
        ('account = "EUtoday.net"', f'account = "EUtoday.net"\nimage = "{wanted}"'),
    )
    if wanted != "attach":
        project.edit(('image = "attach"\ndaily_cap', f'image = "{wanted}"\ndaily_cap'))


def template(project: Project, platform: str, text: str) -> None:
    (project.folder / "templates" / f"{platform}.j2").write_text(text, encoding="utf-8")


def previewed(project: Project, *own: str) -> tuple[str, dict[str, Any]]:
    """Preview the newest article for scripts and as a page; give its address and its teasers by channel."""
    url = str(project.run("articles", "--source", "eutoday", "--json").json["articles"][0]["url"])
    secrets = ("X_", "FACEBOOK_", "YOUTUBE_")
    env, project.env = project.env, {key: value for key, value in project.env.items() if not key.startswith(secrets)}
    shown = project.run("preview", url, *own, "--json", "--html", "preview.html").json
    project.env = env
    assert shown["problems"] == []
    assert [project.live(name) for name in CHANNELS] == [[], [], []]
    return url, {teaser["channel"]: teaser for teaser in shown["teasers"]}


def drawn(project: Project) -> dict[str, Any]:
    """Give what the page draws for each channel: text and pictures."""
    page = lxml_html.document_fromstring((project.folder / "preview.html").read_text(encoding="utf-8"))
    found = {}
    for figure in page.iter("figure"):
        channel = figure.xpath("string(.//*[@class='kind']/b)")
        images = figure.xpath(".//*[contains(@class, 'pictures')]//img")
        found[channel] = {
            "texts": [_words(text) for text in figure.xpath(".//p[@class='text']")],
            "pictures": [_sha256(base64.b64decode(image.get("src").partition(",")[2])) for image in images],
            "alts": [image.get("alt") for image in images],
        }
    return found


def _words(element: Any) -> str:
    parts = [element.text or ""]
    for child in element:
        parts += ["" if child.tag == "label" else child.get("title") or _words(child), child.tail or ""]
    return "".join(parts)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def live(project: Project, channel: str) -> RemotePost:
    """Give the one post that is live and follows no other."""
    (post,) = [each for each in project.sandbox.state.posts(channel) if "in_reply_to" not in each.detail]
    return post


def following(project: Project, channel: str) -> list[RemotePost]:
    """Give what follows the post: each is an answer to the one before it, or a comment under it."""
    found, last = [], live(project, channel)
    posts = {each.detail.get("in_reply_to"): each for each in project.sandbox.state.posts(channel)}
    while (last := posts.get(last.id)) is not None:  # type: ignore[assignment]
        found.append(last)
    return found


def compare(project: Project, shown: dict[str, Any], *, attached: int | None) -> None:
    """Hold the preview against what arrived, channel by channel; ``attached``: so many pictures each."""
    page = drawn(project)
    for channel in CHANNELS:
        teaser, post = shown[channel], live(project, channel)
        fields = teaser["request"].get("fields", {})
        sent = fields.get("message") if channel == "facebook" else teaser["request"]["text"]
        assert post.text == sent == page[channel]["texts"][0], channel
        assert teaser["text"] in post.text
        assert post.link == (fields.get("link") if channel == "facebook" else post.link)
        assert teaser["link"] in (post.link or "") + post.text
        hashes = [media["sha256"] for media in teaser["media"]]
        assert [_sha256(media.data) for media in post.media] == hashes == page[channel]["pictures"]
        assert attached in {None, len(hashes)}, channel
        alts = [media["alt"] for media in teaser["media"]]
        assert page[channel]["alts"] == alts
        # YouTube's API takes no alternative text.
        assert channel == "youtube" or [media.alt for media in post.media] == alts
        assert channel == "youtube" or all(alts)
        follow(teaser, following(project, channel), page[channel]["texts"][1:])


def follow(teaser: dict[str, Any], posts: list[RemotePost], drawn_texts: list[str]) -> None:
    """Hold a post's follow-ups against what arrived after it."""
    sent = [
        each["request"].get("fields", {}).get("message") or each["request"]["text"] for each in teaser["follow_ups"]
    ]
    assert [post.text for post in posts] == sent == drawn_texts
    assert [each["text"] for each in teaser["follow_ups"]] == sent
    assert all(post.media == () for post in posts)
    for each, post in zip(teaser["follow_ups"], posts, strict=True):
        assert each["link"] in post.text


def markers(project: Project, channel: str) -> list[str | None]:
    """Give the markers of the visible requests, in the order in which their bodies arrived."""
    return [each["marker"] for each in project.sandbox.control.requests(channel) if each["role"] == "create"]


def test_with_pictures(ready: Project) -> None:
    pictures(ready, "attach")
    url, shown = previewed(ready)
    ready.run("post", url)
    compare(ready, shown, attached=1)
    assert {channel: markers(ready, channel) for channel in CHANNELS} == {
        channel: [shown[channel]["marker"]] for channel in CHANNELS
    }


def test_without_pictures_down_to_the_bytes_of_the_body(ready: Project) -> None:
    pictures(ready, "card")
    url, shown = previewed(ready)
    ready.run("post", url)
    compare(ready, shown, attached=0)
    (create,) = [each for each in ready.sandbox.control.requests("x") if each["role"] == "create"]
    assert create["body_sha256"] == _sha256(json.dumps(shown["x"]["request"]).encode())


@pytest.mark.parametrize("wanted", ["attach", "card"])
def test_a_thread_and_a_first_comment(ready: Project, wanted: str) -> None:
    pictures(ready, wanted)
    template(ready, "twitter", THREAD)
    template(ready, "facebook", COMMENT)
    url, shown = previewed(ready)
    assert [len(shown[channel]["follow_ups"]) for channel in CHANNELS] == [2, 1, 0]
    ready.run("post", url)
    ready.run("once", expect=None)  # what follows a post is due as soon as the post is live
    compare(ready, shown, attached=int(wanted == "attach"))
    x = shown["x"]
    assert markers(ready, "x")[0] == x["marker"]
    assert markers(ready, "x")[2] == x["follow_ups"][1]["marker"]
    assert float(x["follow_ups"][0]["cost_usd"]) == 0.015


@pytest.mark.parametrize("wanted", ["attach", "none"])
def test_in_an_editors_own_words(ready: Project, wanted: str) -> None:
    pictures(ready, wanted)
    url, shown = previewed(ready, "--text", OWN)
    assert all(teaser["text"].startswith(OWN) for teaser in shown.values())
    ready.run("post", url, "--text", OWN)
    compare(ready, shown, attached=int(wanted == "attach"))


def test_a_file_shows_what_its_article_will_be(ready: Project, tmp_path: Path) -> None:
    """An article that is not out yet and has no picture: previewed from a file, posted from the same file."""
    story = tmp_path / "story.md"
    head = "title: 港が再開 “now” 🚢\nurl: https://news.example/2026/11/harbour/\nlanguage: ja"
    story.write_text(f"---\n{head}\n---\n\nフェリーが再び動く。\n", encoding="utf-8")
    shown = ready.run("preview", "--file", str(story), "--json", "--html", "preview.html").json
    assert shown["problems"] == []
    ready.run("post", "--file", str(story))
    compare(ready, {teaser["channel"]: teaser for teaser in shown["teasers"]}, attached=None)
