"""The lint of templates: every mistake with its line and a remedy, once; the shipped ones have none on any platform."""

from dataclasses import replace
from pathlib import Path

import jinja2
import pytest

from syndicator import platforms
from syndicator.core.teaser import Templates
from syndicator.core.teaser_check import ARTICLES, slug
from syndicator.core.teaser_golden import failed, golden, visible
from syndicator.core.teaser_lint import Use, lint
from syndicator.model import Teaser
from tests import values

SHIPPED = Templates(jinja2.FileSystemLoader(Path(__file__).parents[2] / "templates"))


def use(name: str, channel: str = "x", platform: str = "twitter", **changes: object) -> Use:
    on = values.channel(channel, platform, **changes)
    module = platforms.load(platform)
    return Use(name=name, channel=on, capabilities=module.capabilities(on), platform=module.SPEC.name)


def found(source: str, **on: str) -> list[tuple[str, str, str]]:
    loader = jinja2.DictLoader({"t.j2": source, "twitter/news.j2": "{{ nope }}"})
    problems = lint(Templates(loader), use("t.j2", **on)).problems
    return [(one.key, one.message, one.hint) for one in problems]


@pytest.mark.parametrize("platform", ["twitter", "facebook", "youtube"])
@pytest.mark.parametrize("image", ["card", "attach", "none"])
def test_the_shipped_templates_have_nothing_wrong(platform: str, image: str) -> None:
    findings = lint(SHIPPED, use(f"{platform}.j2", platform, platform, image=image))
    assert (findings.problems, findings.remarks) == ((), ())


@pytest.mark.parametrize(
    ("source", "line", "message", "hint"),
    [
        ("one\n{{ artcle.title }}", 2, "'artcle' is undefined", "did you mean article?"),
        ("{{ article.titel | fit }}", 1, "has no attribute 'titel'", "did you mean article.title?"),
        ("\n{{ article.title | fitt }}", 2, "No filter named 'fitt'", "did you mean | fit?"),
        ("\n\n{% parrt %}", 3, "unknown tag 'parrt'", "did you mean {% part %}?"),
        ("{% if link %}", 1, "Unexpected end of template", "{% endif %}"),
        ("{% include 'gone.j2' %}", 1, "there is no template 'gone.j2'", "syndicator templates list"),
        ("{{ article.title | fit }}\n{{ article.published_at.year }}", 2, "has no attribute 'year'", "may be missing"),
        ("{{ link }}\n\n{{ article.title }}", 3, "with a title of 300 characters, on x: the text is too long", "| fit"),
    ],
)
def test_a_mistake_has_its_line_and_a_remedy(source: str, line: int, message: str, hint: str) -> None:
    ((key, said, remedy),) = found(source)
    assert key == f"line {line}"
    assert message in said
    assert hint in remedy


def test_an_article_without_summary_is_one_problem_with_its_name() -> None:
    ((key, message, hint),) = found("{{ article.summary | fit }} {{ link }}")
    assert key == ""
    assert message.startswith("with an article without picture, summary")
    assert "article.title" in hint


def test_what_fits_one_channel_may_be_too_long_for_another() -> None:
    source = "{{ article.title }} {{ link }}"
    assert found(source, channel="page", platform="facebook") == []
    assert "on x:" in found(source)[0][1]


def test_the_channels_own_limit_counts() -> None:
    source = "{{ article.title | truncate_words(60) }} {{ link }}"
    templates = Templates(jinja2.DictLoader({"t.j2": source}))
    premium = use("t.j2", options={"text_limit": "25000"})
    assert lint(templates, use("t.j2")).problems
    assert not lint(templates, premium).problems


def test_a_template_in_a_folder_keeps_its_name() -> None:
    templates = Templates(jinja2.DictLoader({"twitter/news.j2": "{{ nope }}"}))
    (problem,) = lint(templates, use("twitter/news.j2")).problems
    assert (problem.file, problem.key) == ("twitter/news.j2", "line 1")


def test_a_forgotten_link_is_a_remark() -> None:
    templates = Templates(jinja2.DictLoader({"t.j2": "{{ article.title | fit }}"}))
    findings = lint(templates, use("t.j2"))
    assert findings.problems == ()
    assert len(findings.remarks) == 1
    assert "does not print the link" in findings.remarks[0]


def test_own_articles_are_tried_too() -> None:
    own = replace(ARTICLES["an ordinary article"], title="!", summary="")
    templates = Templates(jinja2.DictLoader({"t.j2": "{{ article.title | fit }} {{ link }}"}))
    (problem,) = lint(templates, use("t.j2"), {"our strange one": own}).problems
    assert problem.message.startswith("with our strange one")


def test_the_corpus_has_what_has_embarrassed_templates() -> None:
    texts = {label: article.title + article.summary for label, article in ARTICLES.items()}
    for script in ("\u0e01", "\u0905", "\u05d0", "\u03b1", "\u0627", "\u6b27"):  # Thai to Chinese
        first = ord(script) & ~0x7F
        assert any(first <= ord(sign) < first + 0x80 or sign == script for text in texts.values() for sign in text)
    assert ARTICLES["a summary that is only a link"].summary.startswith("https://")
    assert ARTICLES["a negation at the very end"].title.endswith("not")
    assert len({slug(label) for label in ARTICLES}) == len(ARTICLES)


# --- golden renderings as text --------------------------------------------------------------------------------------


def test_what_nobody_can_see_is_written_by_its_number() -> None:
    assert visible("@\u2060all \u200fx\n") == "@‹U+2060›all ‹U+200F›x\n"
    assert visible("👨‍👩‍👧 می‌روم") == "👨‍👩‍👧 می‌روم"


def test_a_golden_rendering_has_everything_that_is_sent() -> None:
    teaser = Teaser(
        channel="x", platform="twitter", template="t.j2", text="Words", link="https://a.example/", length=5, limit=280,
        warnings=("the title was shortened to fit",),
    )  # fmt: skip
    assert golden(teaser, label="a story").splitlines() == [
        "# a story, by t.j2",
        "# 5 of 280",
        "# warning: the title was shortened to fit",
        "Words",
        "# link: https://a.example/",
    ]
    assert failed("too long", template="t.j2", label="a story") == "# a story, by t.j2\n# no teaser: too long\n"
