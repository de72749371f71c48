"""C09, X18, X19: no template hangs, fills, breaks or leaves the process that renders; the next one renders as ever."""

import time
from collections.abc import Iterator
from dataclasses import replace

import jinja2
import pytest

from syndicator.confined import process
from syndicator.confined.places import Places
from syndicator.core.teaser import TeaserRequest
from syndicator.core.teaser_check import ARTICLES, CAPABILITIES, LINK, channel_for
from syndicator.errors import RendererGone, TemplateError, TemplateStopped
from syndicator.service.rendering import LIMITS, TRADE, Rendering
from tests.confined import end_all
from tests.service.hostile_templates import (
    DEPTH,
    ENDLESS_NAMES,
    ESCAPES,
    HOSTILE,
    LONG,
    LOOPS,
    MEMORY,
    NUMBERS,
    OUTPUT,
    STORY,
)

ARTICLE = ARTICLES["an ordinary article"]
SOON = 12.0
"""Seconds: the processor time of one question, a new process, and what a busy machine adds."""
PATIENT = 30.0
"""Seconds for one question in all, so that a busy machine does not end it before its processor time is over."""


@pytest.fixture(scope="module")
def places() -> Iterator[Places]:
    """Places with a quarter of the time, so that many may use it up."""
    end_all()
    made = Places(replace(LIMITS, cpu=LIMITS.cpu / 4, wall=PATIENT, places=1), TRADE)
    yield made
    made.close()
    assert not process.alive


def request(template: str = "self.j2") -> TeaserRequest:
    return TeaserRequest(
        article=ARTICLE, channel=channel_for(ARTICLE), capabilities=CAPABILITIES[0], template=template, link=LINK
    )


def rendering(source: str, places: Places) -> Rendering:
    texts = {"self.j2": source, "other.j2": "{% include 'self.j2' %}", "good.j2": STORY}
    return Rendering(jinja2.DictLoader(texts), renderers=places)


def broken(source: str, places: Places) -> TemplateError:
    """Give how a template ended; a good one renders with the same renderer before and after, and nothing is left."""
    templates = rendering(source, places)
    good = templates.render(request("good.j2")).text
    began = time.monotonic()
    with pytest.raises(TemplateError) as caught:
        templates.render(request())
    assert time.monotonic() - began < SOON
    assert not isinstance(caught.value, RendererGone), "the template is to blame, and nothing else"
    assert caught.value.template in ("self.j2", "other.j2")
    assert templates.render(request("good.j2")).text == good
    assert len(process.alive) == 1
    return caught.value


def test_the_corpus_is_large() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", LOOPS)
def test_c09_a_template_that_takes_for_ever_is_stopped(name: str, places: Places) -> None:
    error = broken(LOOPS[name], places)
    assert isinstance(error, TemplateStopped)
    assert str(error) == "self.j2: rendering it took more than 0.5 seconds of processor time"


@pytest.mark.parametrize("name", MEMORY)
def test_x19_a_template_that_fills_the_memory_is_stopped(name: str, places: Places) -> None:
    error = broken(MEMORY[name], places)
    assert isinstance(error, TemplateStopped)
    assert "256 MB of memory" in str(error) or "0.5 seconds of processor time" in str(error)


@pytest.mark.parametrize("name", OUTPUT)
def test_x19_output_has_an_end(name: str, places: Places) -> None:
    assert str(broken(OUTPUT[name], places)) == "self.j2: prints more than 65536 characters"


@pytest.mark.parametrize("name", DEPTH)
def test_c09_depth_is_a_mistake_of_the_template(name: str, places: Places) -> None:
    assert str(broken(DEPTH[name], places)).startswith(("self.j2", "other.j2"))


@pytest.mark.parametrize("name", NUMBERS)
def test_x19_small_words_make_nothing_large(name: str, places: Places) -> None:
    error = broken(NUMBERS[name], places)
    assert not isinstance(error, TemplateStopped), "refused before it costs anything"
    assert error.line == 1


@pytest.mark.parametrize("name", ESCAPES)
def test_x18_nothing_is_reached_from_a_template(name: str, places: Places) -> None:
    error = broken(ESCAPES[name], places)
    assert not isinstance(error, TemplateStopped)
    assert error.line == 1


def test_c09_templates_are_sent_along_but_not_for_ever(places: Places) -> None:
    assert str(broken(ENDLESS_NAMES, places)) == "self.j2: it asks for more and more templates"


def test_c09_the_limits_are_those_that_are_promised(places: Places) -> None:
    """Two seconds, 256 MB: the product's own limits."""
    places.close()
    assert LIMITS.wall <= 10
    own = Places(replace(LIMITS, wall=PATIENT), TRADE)
    try:
        slow = str(broken(LOOPS["loops that print nothing"], own))
        assert slow == "self.j2: rendering it took more than 2 seconds of processor time"
        large = str(broken(MEMORY["a text doubled for ever"], own))
        assert large == "self.j2: rendering it took more than 256 MB of memory"
    finally:
        own.close()


def test_c09_what_is_compiled_costs_no_more_than_what_is_rendered(places: Places) -> None:
    """A check compiles in the same place: a constant expression is worked out while compiling."""
    templates = rendering(DEPTH["brackets in brackets"], places)
    began = time.monotonic()
    (problem,) = templates.check("self.j2")
    assert time.monotonic() - began < SOON
    assert problem.file == "self.j2"
    assert templates.check("good.j2") == []


def test_c09_a_template_that_is_too_long_is_not_sent(places: Places) -> None:
    error = broken("x" * 1_000_001, places)
    assert str(error) == "self.j2: cannot be read: it has more than 1,000,000 characters"


def test_c09_others_in_the_same_question_have_their_teasers(places: Places) -> None:
    templates = rendering(LOOPS["loops that print nothing"], places)
    made = templates.render_all([request("good.j2"), request(), request("good.j2")])
    assert [type(one).__name__ for one in made] == ["Teaser", "TemplateStopped", "Teaser"]


def test_c09_long_texts_within_the_limits_are_no_crime(places: Places) -> None:
    templates = rendering(LONG + "{{ s | fit }} {{ link }}", places)
    assert templates.render(request()).length <= CAPABILITIES[0].text_limit


def test_c09_a_template_that_is_stopped_again_and_again_waits_a_while(places: Places) -> None:
    """A hundred articles must not cost a hundred times two seconds; with its text changed it is tried at once."""
    texts = {"self.j2": LOOPS["loops that print nothing"], "good.j2": STORY}
    templates = Rendering(jinja2.DictLoader(texts), renderers=places)
    made = templates.render_all([request()] * 20)
    assert [type(one) for one in made] == [TemplateStopped] * 3 + [RendererGone] * 17
    with pytest.raises(RendererGone, match=r"3 times in a row rendering it took more than 0.5 seconds"):
        templates.render(request())
    assert templates.render(request("good.j2")).text
    texts["self.j2"] = STORY
    assert templates.render(request()).text == templates.render(request("good.j2")).text
