"""What a site prints around its articles never reaches a teaser: every article, every feed, every channel."""

from collections.abc import Iterator

import pytest

from syndicator.sandbox import Sandbox
from syndicator.sandbox.newsroom import BOILERPLATE
from tests.e2e.project import Project


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.mark.parametrize("feed", ["/news/feed/", "/news/atom.xml", "/news/feed.json"])
def test_no_boilerplate_in_any_teaser(project: Project, feed: str) -> None:
    project.edit((project.sandbox.urls.feed(), project.sandbox.url + feed))
    found = project.run("preview", "--source", "eutoday", "--latest", "50", "--json").json["previews"]
    assert len(found) >= 16
    teasers = [teaser for item in found for teaser in item["teasers"]]
    assert len(teasers) == 3 * len(found), [item["problems"] for item in found]
    for teaser in teasers:
        leaked = [phrase for phrase in BOILERPLATE if phrase.casefold() in teaser["text"].casefold()]
        assert leaked == [], teaser["text"]
        assert teaser["length"] <= teaser["limit"]
