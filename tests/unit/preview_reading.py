"""Reads a preview page as its readers do: posts, their words, what stands under them."""

from typing import Any

from lxml import html as lxml_html

from syndicator.cli.preview_page import render
from syndicator.service.rehearsal import Preview
from tests.unit import preview_drafts as drafts


def page_of(*previews: Preview, **options: Any) -> Any:
    options = {"settings": drafts.settings(), "card_picture": drafts.composer().card, **options}
    return lxml_html.document_fromstring(render(previews, **options))


def one(found: list[Any]) -> Any:
    assert len(found) == 1
    return found[0]


def css(root: Any, path: str) -> list[Any]:
    """Find elements below ``root`` by tags and classes: ``article.post p.text``."""
    steps = []
    for step in path.split():
        tag, *classes = step.split(".")
        held = "".join(f"[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]" for name in classes)
        steps.append(f"//{tag or '*'}{held}")
    found: list[Any] = root.xpath("." + "".join(steps))
    return found


def post(page: Any, platform: str) -> Any:
    return one(css(page, f"article.post.{platform}"))


def said(element: Any) -> str:
    """Give the words of a post: what a shortened link stands for is in its title; "See more" is not among them."""
    return words(one(css(element, "p.text")))


def words(element: Any) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag != "label":
            parts.append(child.get("title") or words(child))
        parts.append(child.tail or "")
    return "".join(parts)
