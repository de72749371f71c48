"""Teasers: ``python -m tests.benchmarks.teasers``, rendering against bare compiled Jinja2, and a whole preview.

Both render the shipped templates for the same articles in the same run, one after the other in turns. Bare means
Jinja2's own environment without a sandbox, compiled once, with the same filters, on the raw article: no cleaning, no
defusing, no counting, no shortening. Ours is all of that, from the article to the finished teaser, in the process of
its own that renders for the product, whose start is not measured: one question for many articles, for each article
with all its channels, and for each teaser; and for comparison in this process. Processor time of both processes
counts. The median of the rounds counts. The last line of output is JSON. Nothing is asserted by time in the suite.
"""

import argparse
import io
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jinja2
from PIL import Image

from syndicator import platforms
from syndicator.confined import process
from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.teaser_filters import FILTERS
from syndicator.core.text_sentences import sentences
from syndicator.model import Article, Capabilities, Channel, Media, Picture, Teaser
from syndicator.service.compose import Composer
from syndicator.service.rehearsal import preview
from syndicator.service.rendering import Rendering
from syndicator.sources import images
from tests import values
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground

ROW = "5"
LEAST = 0.5
MOST = 50.0
"""Milliseconds."""
USUAL, LARGE = (1200, 630), (1600, 1067)
"""Pixels: what pages name for their link cards, and a photograph as cameras' pictures are put into articles."""
FOLDER = Path(__file__).resolve().parents[2] / "templates"
LINK = "https://news.example/2026/11/story/?utm_source=x&utm_medium=social&utm_content=abcdefghijklm"
CHANNELS = (
    Channel(name="x", platform="twitter", account="@desk"),
    Channel(name="page", platform="facebook", options={"page_id": "1"}),
    Channel(name="tube", platform="youtube", options={"channel_id": "UC0"}),
)
WORDS = (
    (
        "Harbour cities sign pact {} to share storm barriers",
        "Nine ports lend each other gates. Crews move in 48 hours.",
    ),
    ("Συμφωνία {} για τα λιμάνια της Μεσογείου", "Εννέα λιμάνια συμφώνησαν. Η άσκηση αρχίζει τον Ιανουάριο."),
    ("Кабинет утвердил бюджет {} после ночных переговоров", "Министры спорили до утра. Голосование через неделю."),
    ("Le conseil adopte l’accord n° {} sur les trains de nuit", "Les ministres ont voté. Le texte entre en vigueur."),
    ("欧盟就第{}号边境预算达成一致", "三党周五上午达成协议。议会下周投票。"),
)
"""Headlines and leads in the scripts of our newsrooms; the number keeps every article another one."""
TAGS = ("European Union", "storm barriers", "News", "ports")


def articles(count: int, *, first: int = 0) -> list[Article]:
    """Make so many articles, no two alike."""
    made = []
    for number in range(first, first + count):
        title, lead = WORDS[number % len(WORDS)]
        story = values.article(id=f"a{number:012d}", title=title.format(number), summary=f"{lead} {number}.", tags=TAGS)
        made.append(replace(story, published_at=values.NOW - timedelta(minutes=number % 1000)))
    return made


def requests(found: Sequence[Article]) -> list[TeaserRequest]:
    """Make what is asked of the templates: each article for each of three channels."""
    limits = {channel.name: platforms.load(channel.platform).capabilities(channel) for channel in CHANNELS}
    return [
        TeaserRequest(
            article=article, channel=channel, capabilities=limits[channel.name], template="", link=LINK,
            site_name="News", platform=channel.platform,
        )
        for article in found
        for channel in CHANNELS
    ]  # fmt: skip


def bare() -> Callable[[Sequence[TeaserRequest]], int]:
    """Give bare Jinja2 as a function of requests: templates compiled once, no sandbox."""
    loader = jinja2.FileSystemLoader(FOLDER)
    environment = jinja2.Environment(loader=loader, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= FILTERS
    environment.house, environment.named, environment.sentences = _house(), {}, sentences  # type: ignore[attr-defined]
    compiled = {channel.platform: environment.get_template(f"{channel.platform}.j2") for channel in CHANNELS}

    def render(wanted: Sequence[TeaserRequest]) -> int:
        letters = 0
        for each in wanted:
            letters += len(
                compiled[each.channel.platform].render(
                    article=each.article,
                    link=each.link,
                    link_in_text=each.capabilities.link_in_text,
                    channel=each.channel,
                    site=each.site_name,
                )
            )
        return letters

    return render


def _house() -> Any:
    from syndicator.model import HouseStyle

    return HouseStyle()


def ours(templates: Templates | Rendering, *, at_once: int) -> Callable[[Sequence[TeaserRequest]], int]:
    """Give our own way as a function of requests, so many of them ``at_once``."""

    def render(wanted: Sequence[TeaserRequest]) -> int:
        pieces = [wanted[first : first + at_once] for first in range(0, len(wanted), at_once)]
        made = [teaser for piece in pieces for teaser in templates.render_all(piece)]
        return sum(len(teaser.text) for teaser in made if isinstance(teaser, Teaser))

    return render


def rate(act: Callable[[Sequence[TeaserRequest]], int], wanted: Sequence[TeaserRequest]) -> float:
    """Give renderings a second of processor time."""
    began = spent()
    act(wanted)
    return len(wanted) / (spent() - began)


def spent() -> float:
    """Give the processor time of this process and of those that render, in seconds (Linux: clocks by process)."""
    clocks = [(~one.pid << 3) | 2 for one in process.alive]
    return time.process_time() + sum(time.clock_gettime(clock) for clock in clocks)


def compare(rounds: int, count: int) -> dict[str, float]:
    """Give the medians of both, and their ratio, with articles that were seen before and with new ones each time."""
    loader = jinja2.FileSystemLoader(FOLDER)
    here, apart = Templates(loader), Rendering(loader)
    theirs = bare()
    ways = {
        "ours": ours(apart, at_once=count * len(CHANNELS)),
        "ours, by article": ours(apart, at_once=len(CHANNELS)),
        "ours, by teaser": ours(apart, at_once=1),
        "ours, here": ours(here, at_once=count * len(CHANNELS)),
    }
    known = requests(articles(count))
    for act in (theirs, *ways.values()):
        act(known)
    rates: dict[str, list[float]] = {}
    for number in range(rounds):
        rates.setdefault("bare", []).append(rate(theirs, known))
        for place, (name, act) in enumerate(ways.items()):
            rates.setdefault(name, []).append(rate(act, known))
            fresh = requests(articles(count, first=(number * len(ways) + place + 1) * count))
            rates.setdefault(f"{name}, new", []).append(rate(act, fresh))
    said = {name: statistics.median(each) for name, each in rates.items()}
    for name, each in rates.items():
        said[f"ratio {name}"] = statistics.median(mine / other for other, mine in zip(rates["bare"], each, strict=True))
    return said


def whole_preview(times: int, *, size: tuple[int, int] | None = None) -> float:
    """Give the milliseconds of wall time that one article on three channels takes once everything is loaded.

    Its picture of ``size``, another one for each article, is at hand; to fetch it is not measured.
    """
    data = b""

    def fetch(_: Article) -> bytes:
        return data

    def prepare(data: bytes, capabilities: Capabilities, alt: str) -> tuple[Media, bytes]:
        return images.prepare_apart(data, capabilities=capabilities, alt=alt)

    composer = Composer(templates=Rendering(jinja2.FileSystemLoader(FOLDER)), site="News", fetch=fetch, prepare=prepare)
    channels = tuple(replace(channel, image="attach" if size else "none") for channel in CHANNELS)
    took = []
    for article in articles(times + 1, first=1_000_000):
        data = photo(size) if size else b""
        story = replace(article, image=Picture(url="https://news.example/harbour.jpg") if size else None)
        began = time.perf_counter()
        (made,) = preview(composer, [story], channels=channels, rules=())
        took.append((time.perf_counter() - began) * 1000)
        assert all(bool(draft.pictures) is bool(size) for draft in made.drafts.values()), made.problems
    return statistics.median(took[1:])


def photo(size: tuple[int, int]) -> bytes:
    """Make a photograph that nobody saw before."""
    width, height = size
    bands = [Image.effect_noise((width // 8, height // 8), 80).resize(size, Image.Resampling.BICUBIC) for _ in "RGB"]
    out = io.BytesIO()
    Image.merge("RGB", bands).save(out, "JPEG", quality=85)
    return out.getvalue()


def measure(ground: Ground) -> list[Figure]:
    """Measure as a row of the benchmarks: articles that nobody rendered yet, many at once.

    The goal is for the rendering itself; what asking another process for it adds is measured beside it.
    """
    said = compare(1, 20) if ground.quick else compare(15, 100)
    what, goals = "teasers of new articles: renderings per CPU against bare Jinja2", {"ours, here, new": LEAST}
    ways = {"ours, here, new": what, "ours, new": "the same, with the way to the process that renders and back"}
    previews = {
        "a whole preview on three channels": (None, MOST),
        "the same with a photograph of 1,200 × 630 pixels": (USUAL, MOST),
        "the same with one of 1,600 × 1,067": (LARGE, None),
    }
    times = 5 if ground.quick else 25
    return [
        Figure(
            row=ROW,
            what=told,
            value=said[f"ratio {way}"],
            least=goals.get(way),
            detail=f"{said[way]:,.0f} a second of CPU; bare {said['bare']:,.0f}",
        )
        for way, told in ways.items()
    ] + [
        Figure(row=ROW, what=told, value=whole_preview(times, size=size), unit="ms", most=most)
        for told, (size, most) in previews.items()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.teasers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--articles", type=int, default=100)
    asked = parser.parse_args(arguments)
    said = compare(asked.rounds, asked.articles)
    said |= {"preview_ms": whole_preview(asked.rounds)}
    said |= {"preview_with_picture_ms": whole_preview(asked.rounds, size=USUAL)}
    said |= {"preview_with_large_picture_ms": whole_preview(asked.rounds, size=LARGE)}
    for name, value in said.items():
        print(f"{name:32} {value:12,.2f}")  # noqa: T201
    print(json.dumps(said))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
