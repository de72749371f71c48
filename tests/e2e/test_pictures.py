"""Pictures and link cards on the whole way: the shipped example, the sandbox's newspaper, real HTTP."""

import io
import re

from PIL import Image

from tests.e2e.project import Project

NO_IMAGE = re.compile(rb'<meta property="og:image[^>]*>\n?|<meta name="twitter:image[^>]*>\n?')


def published(project: Project, **fields: object) -> str:
    """Bring out an article in the newsroom; give its address."""
    newsroom = project.sandbox.newsroom
    return newsroom.url(newsroom.publish(**fields))


def without_image(path: str, body: bytes) -> bytes:
    return NO_IMAGE.sub(b"", body) if path.startswith("/news/2") else body


def preflight(project: Project, wait: str) -> None:
    project.edit(('publish_mode = "direct" ', f'preflight = true\npreflight_wait = "{wait}"\npublish_mode = "direct" '))


def test_a_page_without_og_image_makes_its_post_wait_and_then_go(project: Project) -> None:
    preflight(project, "5m")
    url = published(project, title="Lighthouse lamp is lit again")
    project.sandbox.newsroom.garble = without_image
    post = project.run("post", url, "--channel", "facebook", "--json", expect=None).json["posts"][0]
    assert post["state"] == "queued"
    assert post["reason"] == "waits for its link card: its page has no og:image"
    assert project.live("facebook") == []
    project.sandbox.newsroom.garble = None
    project.run("retry", post["id"])  # a person need not wait for the next look
    project.run("once", expect=None)
    assert len(project.live("facebook")) == 1


def test_a_page_that_stays_without_og_image_is_held_and_may_be_approved_as_it_is(project: Project) -> None:
    preflight(project, "0s")
    url = published(project, title="Lighthouse lamp is lit again")
    project.sandbox.newsroom.garble = without_image
    post = project.run("post", url, "--channel", "facebook", "--json", expect=None).json["posts"][0]
    assert post["state"] == "held"
    assert post["reason"] == "its link card would be empty: its page has no og:image"
    project.run("approve", post["id"])
    project.run("once", expect=None)
    assert len(project.live("facebook")) == 1


def test_an_article_without_a_picture_gets_a_drawn_square_on_youtube(project: Project) -> None:
    url = published(project, title="Council votes on the quay", image=False)
    post = project.run("post", url, "--channel", "youtube", "--json", expect=None).json["posts"][0]
    assert post["state"] == "processing"
    (picture,) = (project.folder / "state").rglob(f"*{post['id']}*/picture-1.jpg")
    opened = Image.open(io.BytesIO(picture.read_bytes()))
    assert opened.size == (1080, 1080)
    shown = project.run("preview", url, "--channel", "youtube", "--json").json["teasers"][0]
    assert "a teaser card was drawn instead" in shown["warnings"]
