"""Which template an article gets: what is named counts, else the first override that exists, and it says why."""

from collections.abc import Mapping
from typing import Any

import jinja2
import pytest

from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.teaser_choice import choose, languages, overrides, reach
from syndicator.errors import TemplateError
from syndicator.model import Teaser
from tests import values
from tests.unit.test_teaser import LINK, capabilities

FILES = (
    "twitter/x.j2",
    "twitter/label-news.j2",
    "twitter/label-politics.j2",
    "twitter/source-news.j2",
    "twitter/pt-BR.j2",
    "twitter/pt.j2",
    "twitter.j2",
)


def render(
    files: Mapping[str, str], *, template: str = "", on: Mapping[str, Any] | None = None, **article: Any
) -> Teaser:
    request = TeaserRequest(
        article=values.article(**article),
        channel=values.channel(**(on or {})),
        capabilities=capabilities(),
        template=template,
        link=LINK,
        platform="twitter",
    )
    return Templates(jinja2.DictLoader(dict(files))).render(request)


def test_the_order_of_overrides() -> None:
    story = values.article(labels=("news", "politics"), source="news", language="pt-br")
    channel = values.channel()
    left = list(FILES)
    for name in FILES:
        found = choose(story, channel, platform="twitter", named="", known=left)
        assert found.name == name
        left.remove(name)
    assert choose(story, channel, platform="twitter", named="", known=()).name == "twitter.j2"


def test_what_is_named_goes_before_every_override_and_a_routes_before_a_channels() -> None:
    story, own = values.article(), values.channel(template="own.j2")
    by_channel = choose(story, own, platform="twitter", named="", known=FILES)
    by_route = choose(story, own, platform="twitter", named="route.j2", known=FILES)
    assert (by_channel.name, by_channel.why) == ("own.j2", "named by the channel")
    assert (by_route.name, by_route.why) == ("route.j2", "named by the route")


def test_a_missing_override_is_no_error_and_a_missing_named_one_is() -> None:
    files = {"twitter.j2": "{{ article.title }} {{ link }}"}
    teaser = render(files)
    assert (teaser.template, teaser.template_why) == ("twitter.j2", "the platform's own")
    for options in ({"template": "gone.j2"}, {"on": {"template": "gone.j2"}}):
        with pytest.raises(TemplateError, match=r"gone\.j2"):
            render(files, **options)  # type: ignore[arg-type]


def test_the_override_is_used_and_says_why() -> None:
    files = {"twitter.j2": "plain {{ link }}", "twitter/label-news.j2": "{{ article.title }}, label {{ link }}"}
    teaser = render(files)
    assert teaser.text.startswith("Harbour reopens after the storm, label")
    assert (teaser.template, teaser.template_why) == ("twitter/label-news.j2", "for the label news")
    assert render(files, labels=("sport",)).template == "twitter.j2"


def test_a_file_that_is_added_or_taken_away_counts_at_once() -> None:
    files = {"twitter.j2": "{{ article.title }} {{ link }}"}
    templates = Templates(jinja2.DictLoader(files))
    request = TeaserRequest(
        article=values.article(), channel=values.channel(), capabilities=capabilities(), template="", link=LINK
    )
    assert templates.render(request).template == "twitter.j2"
    files["twitter/x.j2"] = "{{ article.title }}, ours {{ link }}"
    assert templates.render(request).template == "twitter/x.j2"
    del files["twitter/x.j2"]
    assert templates.render(request).template == "twitter.j2"


@pytest.mark.parametrize("label", ["../secret", "a/b", "a\\b", "", "..", ".hidden", "x" * 200, "a\0b"])
def test_a_label_that_cannot_be_a_file_name_has_no_template(label: str) -> None:
    story = values.article(labels=(label,), source="../etc")
    found = [choice.name for choice in overrides(story, values.channel(), platform="twitter")]
    assert found == ["twitter/x.j2", "twitter/en.j2"]


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("pt-BR", ("pt-BR", "pt")),
        ("pt_br", ("pt-BR", "pt")),
        ("EN", ("en",)),
        ("zh-hant-tw", ("zh-Hant-TW", "zh-Hant", "zh")),
        (None, ()),
        ("../x", ()),
        ("english language", ()),
    ],
)
def test_languages_are_asked_with_their_region_and_then_without(tag: str | None, names: tuple[str, ...]) -> None:
    assert languages(tag) == names


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("twitter/x.j2", "for the channel x"),
        ("twitter/label-politics.j2", "for the label politics"),
        ("twitter/label-sport.j2", ""),
        ("twitter/source-news.j2", "for the source news"),
        ("twitter/source-gone.j2", ""),
        ("twitter/pt-BR.j2", "for the language pt-BR"),
        ("twitter/pt-br.j2", ""),
        ("facebook/x.j2", ""),
        ("twitter.j2", ""),
    ],
)
def test_whom_a_file_is_for(name: str, why: str) -> None:
    assert reach(name, platform="twitter", channels=("x",), labels=("politics",), sources=("news",)) == why
