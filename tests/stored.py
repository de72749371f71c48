"""A post log with weeks of articles in it, as polls would have left them; the same call gives the same."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from syndicator.model import Article, Picture
from syndicator.store import articles
from syndicator.store.articles import New, SourceState
from syndicator.store.engine import Store
from tests import values

HEADLINES = (
    "Parliament backs open harbour plan {n}",
    "BREAKING: ministers reach deal on ferry line {n}",
    "Letters to the editor, number {n}",
    "الميناء يفتح أبوابه من جديد {n}",
    "欧盟就边境预算达成一致 {n}",
    "Night trains: what changes on line {n} 🚆",
    "“No”, says the mayor of <b>Port Mirelle</b> {n}",
)
TAGS = (("World", "Harbour"), ("Opinion",), ("Video",), ("Economy",), ())
INTERVAL = timedelta(minutes=5)


def story(n: int, *, at: datetime, source: str = "eutoday", **changes: object) -> Article:
    """Give article number ``n``, first seen at ``at``."""
    url = f"https://news.example/2026/story-{n}/"
    made = values.article(
        id=f"a{n:012d}",
        guid=url,
        url=url,
        canonical_url=url.rstrip("/"),
        title=HEADLINES[n % len(HEADLINES)].format(n=n),
        summary=f"The council met for the {n}th time. Repairs go on until spring. Ferries run.",
        published_at=at - timedelta(minutes=n % 9),
        tags=TAGS[n % len(TAGS)],
        language={3: "ar", 4: "zh"}.get(n % len(HEADLINES), "en"),
        image=Picture(url="https://nowhere.invalid/picture.jpg", alt="A ferry"),
        source=source,
        first_seen_at=at,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def fill(store: Store, *, until: datetime, days: int, a_day: int, source: str = "eutoday", seed: int = 1) -> int:
    """Store so many articles a day up to ``until``, most of them in daytime; give their number."""
    random = Random(seed)
    begin = until - timedelta(days=days)
    found = []
    for n in range(days * a_day):
        day, hour = n // a_day, random.triangular(4, 23, 11)
        at = begin + timedelta(days=day, hours=hour)
        at -= (at - begin) % INTERVAL
        if at <= until:
            one = story(n, at=at, source=source)
            found.append(New(article=one, aliases=(f"url:{one.canonical_url}",), planned=False))
    with store.write() as conn:
        state = SourceState(name=source, baseline_at=begin - timedelta(hours=1), window=50, polls=9, interval=300)
        articles.save_source_state(conn, state)
        articles.add_many(conn, found)
        for one in found:
            articles.mark_planned(conn, [one.article.id], one.article.first_seen_at + timedelta(seconds=1))
    return len(found)
