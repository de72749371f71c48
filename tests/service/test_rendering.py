"""The process that renders: the same teasers as here, started late, replaced when it dies, and nothing left of it."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import jinja2
import pytest

from syndicator import platforms
from syndicator.confined import process
from syndicator.confined.places import Places
from syndicator.confined.process import Broken, Died, NotStarted, Said
from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.teaser_check import ARTICLES, LINK
from syndicator.errors import ComposeError, RendererGone, TemplateError
from syndicator.model import Article, Channel, HouseStyle, Media, State, Teaser
from syndicator.service.deliver import deliver
from syndicator.service.rendering import LIMITS, TRADE, Rendering
from tests import values
from tests.confined import end_all
from tests.service.bench import make_bench
from tests.service.hostile_templates import LONG, LOOPS

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "templates"
CHANNELS = (
    Channel(name="x", platform="twitter", account="@desk", language="lt", timezone="Europe/Vilnius"),
    Channel(name="page", platform="facebook", options={"page_id": "1"}, hashtags_most=1, utm={"campaign": "desk"}),
    Channel(name="tube", platform="youtube", options={"channel_id": "UC0"}, min_interval=timedelta(minutes=3)),
)
PICTURE = Media(sha256="0" * 64, mime="image/png", width=1, height=1, size=1, alt="as the source says")
MORE = {
    "dates.j2": "{{ article.title | fit }} {{ article.published_at | date }} {{ article.published_at | time('full') }}"
    " {{ article.published_at | date('EEEE d MMMM y, zzzz') }} {{ link }}",
    "settings.j2": "{{ article.title | fit }} {{ channel.name }} {{ channel.utm }} {{ channel.min_interval }}"
    " {{ channel.quiet_hours }} {{ channel.windows.settle }} {{ site }} {{ link_in_text }} {{ link }}",
    "thread.j2": "{{ article.title | fit }}{% alt %}A {{ article.source }}{% endalt %}{% part %}{{ link }} Second part",
    "wrong.j2": "{{ article.title }}\n{{ article.titel }}",
    "included.j2": "{{ article.title | fit }}\n{% include 'twitter/wrong.j2' %}",
    "twitter/wrong.j2": "\n\n{{ nope }}",
    "rigid.j2": "{{ article.title * 1 }}",
}
_PLAIN = ARTICLES["an ordinary article"]
ODD = (
    replace(_PLAIN, language="pt-BR", labels=("world news", "a/b")),
    replace(_PLAIN, title="Half a character \ud83d and a NUL \0 in a headline", summary="\udfff", authors=("\ud83d",)),
    replace(_PLAIN, published_at=_PLAIN.first_seen_at.astimezone(timezone(timedelta(hours=5, minutes=30)))),
)
STORY = {"twitter.j2": "{{ article.title }} {{ link }}"}


@pytest.fixture
def places() -> Iterator[Places]:
    end_all()
    made = Places(replace(LIMITS, places=1), TRADE)
    yield made
    made.close()
    assert not process.alive


def request(article: Article | None = None, channel: Channel = CHANNELS[0], **more: Any) -> TeaserRequest:
    given = {"article": article or values.article(), "template": ""} | more
    limits = platforms.load(channel.platform).capabilities(channel)
    return TeaserRequest(**given, channel=channel, capabilities=limits, link=LINK)


def everything() -> list[TeaserRequest]:
    found = [
        request(article, channel, template=name, media=media, site_name="Harbour Daily")
        for article in (*ARTICLES.values(), *ODD)
        for channel in CHANNELS
        for name in ("", *MORE, "gone.j2")
        for media in ((), (PICTURE,))[: 1 + (name == "thread.j2")]
    ]
    return [*found, request(text="My own words"), request(text=" "), replace(request(), link="https://a.example/\n")]


def test_the_same_comes_out_as_in_this_process(places: Places) -> None:
    """Teasers and mistakes alike, whatever template, article, channel, language or house style."""
    loader = jinja2.ChoiceLoader([jinja2.DictLoader(MORE), jinja2.FileSystemLoader(SHIPPED)])
    house = HouseStyle(hashtags={"budget": "Money"}, stop=("News",), boilerplate={"news": ("re:^Read .*$",)})
    apart, here = Rendering(loader, house, renderers=places), Templates(loader, house)
    wanted = everything()
    made, expected = apart.render_all(wanted), here.render_all(wanted)
    different = [
        (one, other)
        for one, other in zip(made, expected, strict=True)
        if one != other and (type(one), named(one)) != (type(other), named(other))
    ]
    assert different == []
    assert sum(isinstance(one, Teaser) for one in made) > 200
    assert apart.names() == here.names()
    assert [apart.check(name) for name in apart.names()] == [here.check(name) for name in here.names()]


def test_many_at_once_are_what_each_is_by_itself() -> None:
    loader = jinja2.ChoiceLoader([jinja2.DictLoader(MORE), jinja2.FileSystemLoader(SHIPPED)])
    here = Templates(loader, HouseStyle(boilerplate={"news": ("re:^Read .*$",)}))
    wanted = everything()
    singly: list[object] = []
    for each in wanted:
        try:
            singly.append(here.render(each))
        except (TemplateError, ComposeError) as error:
            singly.append((type(error), str(error)))
    for some in (wanted, wanted[::-1], wanted[-3:]):
        made = [one if isinstance(one, Teaser) else (type(one), str(one)) for one in here.render_all(some)]
        assert made == [singly[wanted.index(each)] for each in some]


def named(outcome: object) -> str:
    """An included file of a DictLoader has no name in this process; in the other one it has."""
    return str(outcome).replace("twitter/wrong.j2:3:", "included.j2:3:")


def test_one_teaser_is_one_of_many(places: Places) -> None:
    templates = Rendering(jinja2.DictLoader(MORE), renderers=places)
    assert templates.render(request(template="dates.j2")) == templates.render_all([request(template="dates.j2")] * 2)[1]
    with pytest.raises(TemplateError, match=r"^twitter/wrong.j2:3: 'nope' is undefined$"):
        templates.render(request(template="included.j2"))
    with pytest.raises(ComposeError):
        templates.render(request(text=""))


def test_c09_dates_in_more_languages_than_one_process_keeps(places: Places) -> None:
    apart, here = Rendering(jinja2.DictLoader(MORE), renderers=places), Templates(jinja2.DictLoader(MORE))
    for language in ("fr", "de_AT", "el", "uk", "ar", "zh-Hant", "xx", "sr-Latn-RS"):
        asked = request(values.article(language=language), template="dates.j2")
        assert apart.render(asked).text == here.render(asked).text, language
    assert {"locale:fr", "locale:uk", "locale:xx", "zone:Europe/Vilnius"} <= set(places.needs)
    assert len(process.alive) == 1
    for number in range(100):
        places.expect(frozenset({f"locale:x{number}"}))
    assert len(places.needs) <= TRADE.needs_most


def test_nothing_starts_before_something_is_rendered(places: Places) -> None:
    before = set(process.alive)
    templates = Rendering(jinja2.DictLoader(STORY), renderers=places)
    assert templates.render(request(text="My own words")).text
    assert (templates.names(), templates.source("twitter.j2")) == (("twitter.j2",), STORY["twitter.j2"])
    assert set(process.alive) == before
    templates.render(request())
    (first,) = set(process.alive) - before
    for _ in range(20):
        templates.render(request())
    assert set(process.alive) - before == {first}, "warm: no start for each"


def test_c09_a_change_of_a_template_counts_at_once(tmp_path: Path, places: Places) -> None:
    """Of an included one, and of one that is new and comes before the shipped one, too."""
    ours, shipped = tmp_path / "ours", tmp_path / "shipped"
    ours.mkdir()
    shipped.mkdir()
    (shipped / "twitter.j2").write_text("shipped {% include 'tail.j2' %}")
    (shipped / "tail.j2").write_text("one")
    loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(ours), jinja2.FileSystemLoader(shipped)])
    templates = Rendering(loader, renderers=places)

    def first_line() -> str:
        return templates.render(request()).text.splitlines()[0]

    assert first_line() == "shipped one"
    (shipped / "tail.j2").write_text("two")
    assert first_line() == "shipped two"
    (ours / "tail.j2").write_text("three")
    assert first_line() == "shipped three"
    (ours / "twitter.j2").write_text("our own")
    assert first_line() == "our own"
    (ours / "twitter.j2").unlink()
    (ours / "tail.j2").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(TemplateError, match=r"^twitter.j2:1: 'utf-8' codec can't decode"):
        first_line()


# --- processes that die ---------------------------------------------------------------------------------------------


def killed_after(seconds: float, *, times: int) -> threading.Thread:
    def kill() -> None:
        for _ in range(times):
            time.sleep(seconds)
            for one in tuple(process.alive):
                with suppress(OSError):
                    os.kill(one.pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_c09_killed_from_outside_once_it_is_rendered_all_the_same(places: Places) -> None:
    slow = LONG + "{% for a in s %}{% for b in s[:150] %}{% endfor %}{% endfor %}{{ article.title }} {{ link }}"
    templates = Rendering(jinja2.DictLoader({"slow.j2": slow} | STORY), renderers=places)
    templates.render(request())
    thread = killed_after(0.05, times=1)
    assert templates.render(request(template="slow.j2")).text
    thread.join()
    assert templates.render(request()).text


def test_c09_killed_from_outside_again_and_again_it_is_told_and_the_next_one_works(places: Places) -> None:
    texts = {"slow.j2": LOOPS["loops that print nothing"]} | STORY
    templates = Rendering(jinja2.DictLoader(texts), renderers=places)
    templates.render(request())
    thread = killed_after(0.1, times=40)
    with pytest.raises(RendererGone, match=r"^slow.j2: .*(broke the renderer .signal 9|does not start)"):
        templates.render(request(template="slow.j2"))
    thread.join()
    assert templates.render(request()).text


def test_c09_no_process_no_mistake_of_the_template(monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    templates = Rendering(jinja2.DictLoader(STORY), renderers=places)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(RendererGone, match=r"^twitter.j2: .*No such file"):
        templates.render(request())
    (problem,) = templates.check("twitter.j2")
    assert "No such file" in problem.message
    monkeypatch.undo()
    assert templates.render(request()).text


def test_c09_no_thread_no_mistake_of_the_template_and_the_next_one_works(
    monkeypatch: pytest.MonkeyPatch, places: Places
) -> None:
    templates = Rendering(jinja2.DictLoader(STORY), renderers=places)
    monkeypatch.setattr(threading.Thread, "start", refused)
    for _ in range(3):
        with pytest.raises(RendererGone, match=r"^twitter.j2: the renderer's thread does not start: can't start"):
            templates.render(request())
    monkeypatch.undo()
    assert templates.render(request()).text


def test_c09_no_second_thread_the_first_does_all_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    end_all()
    two = Places(replace(LIMITS, places=2), TRADE)
    templates = Rendering(jinja2.DictLoader(STORY), renderers=two)
    two.submit({}, b"", needs=frozenset())  # one place is busy with its start
    monkeypatch.setattr(threading.Thread, "start", refused)
    assert [templates.render(request()).text for _ in range(3)]
    assert len(process.alive) == 1
    two.close()


def refused(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


class Scripted:
    """Says what it is told to say instead of rendering."""

    def __init__(self, *said: Said | Exception) -> None:
        self._said = list(said)
        self.asked = 0

    def submit(self, question: dict[str, Any], body: bytes, *, needs: frozenset[str]) -> "Future[Said]":
        self.asked += 1
        answer: Future[Said] = Future()
        said = self._said.pop(0) if len(self._said) > 1 else self._said[0]
        answer.set_exception(said) if isinstance(said, Exception) else answer.set_result(said)
        return answer

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "said",
    [
        b"[]", b"noise", b"{}", b"[[]]", b"[1]", b'[["made"]]', b'[["made",1,"",1,[],[],""]]',
        b'[["made","x","https://a.example/",281,[],[],""]]', b'[["made","x","a\\u001bb",1,[],[],""]]',
        b'[["made","x","",1,[1],[],""]]', b'[["made","x","",1,[],[["x",1,280,"other"]],""]]',
        b'[["made","x","",1,[],[["x",281,280,""]],""]]', b'[["template",1,"t",1]]', b'[["template","m","t","1"]]',
        b'[["made","x","",1,[],[],"' + b"x" * 100_001 + b'"]]', b"[" * 100_000,
    ],
)  # fmt: skip
def test_x20_what_a_taken_over_renderer_says_is_not_believed(said: bytes) -> None:
    templates = Rendering(jinja2.DictLoader(STORY), renderers=Scripted(({}, said)))
    with pytest.raises(TemplateError, match=r"^twitter.j2: its renderer was taken over"):
        templates.render(request())


@pytest.mark.parametrize("wants", ["all", ["file", "/etc/passwd"], ["template", "twitter.j2"], ["template", 1], {}])
def test_x20_what_a_renderer_asks_for_is_a_template_or_a_language(wants: object) -> None:
    templates = Rendering(jinja2.DictLoader(STORY), renderers=Scripted(({"wants": wants}, b"")))
    with pytest.raises(TemplateError, match="taken over"):
        templates.render(request())


# --- posts ----------------------------------------------------------------------------------------------------------


def test_c09_a_post_whose_renderer_died_stays_queued_and_goes_out_later(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    dying = Scripted(Died("it broke the renderer (signal 9)", Broken.KILLED))
    bench.parts.composer.templates = Rendering(jinja2.DictLoader(STORY), renderers=dying)
    post = bench.queue()
    deliver(bench.parts)
    row = bench.row(post)
    assert (row.state, row.attempts, dying.asked) == (State.QUEUED, 0, 2)
    assert row.reason == "twitter.j2: it broke the renderer (signal 9)"
    assert bench.told.notices == []
    for short in (NotStarted("too busy"), MemoryError()):
        bench.parts.composer.templates = Rendering(jinja2.DictLoader(STORY), renderers=Scripted(short))
        bench.clock.tick(timedelta(minutes=1))
        deliver(bench.parts)
        assert bench.row(post).state is State.QUEUED
    assert bench.row(post).reason == "x: this machine has no memory left"
    bench.parts.composer.templates = Templates(jinja2.DictLoader(STORY))
    bench.clock.tick(timedelta(minutes=1))
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED
    bench.parts.store.close()


def test_c09_a_post_whose_template_breaks_a_limit_is_held_with_the_reason_and_others_go_out(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel("x"), values.channel("y")))
    texts = {"twitter/x.j2": LOOPS["loops that print nothing"]} | STORY
    places = Places(replace(LIMITS, cpu=0.5, wall=30.0), TRADE)
    bench.parts.composer.templates = Rendering(jinja2.DictLoader(texts), renderers=places)
    bad, good = bench.queue(channel="x"), bench.queue(channel="y", n=2)
    for _ in range(2):
        deliver(bench.parts)
    row = bench.row(bad)
    assert row.state is State.HELD
    assert row.reason == "twitter/x.j2: rendering it took more than 0.5 seconds of processor time"
    assert [notice.post for notice in bench.told.notices] == [bad.id]
    assert bench.row(good).state is State.PUBLISHED
    places.close()
    bench.parts.store.close()
