"""Previews for the page's tests: the real composer, templates and platforms; pictures that are drawn, not fetched."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from PIL import Image, ImageDraw

from syndicator import shipped
from syndicator.core.teaser import Templates
from syndicator.model import Article, Capabilities, Channel, Composed, Media, Teaser
from syndicator.service import rehearsal
from syndicator.service.compose import Composer, Draft
from syndicator.service.rehearsal import Preview
from syndicator.settings import Notify, Settings, Site
from syndicator.sources.images import prepare
from tests import values

X = values.channel("x", "twitter", account="@harbour")
PAGE = values.channel("page", "facebook", account="Harbour Daily", options={"page_id": "1"})
COMMUNITY = values.channel(
    "community", "youtube", account="@HarbourDaily", image="attach", options={"channel_id": "UC1"}
)
CHANNELS = (X, PAGE, COMMUNITY)

THREAD = """{{ article.title | fit }}
{{ link }}
{% part %}
Second: {{ article.summary | fit }}
{% part %}
Third, with #tag and {{ link }}
"""
COMMENT = "{{ article.title | fit }}\n{% part %}\nMore about it: {{ link }}\n"

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"q\" & 'r' </style></title>{{ 7 * 7 }}{% raw %}"
TITLES = {
    "latin": "Harbour reopens after the storm",
    "arabic": "الميناء يفتح أبوابه من جديد بعد العاصفة",
    "chinese": "暴风雨过后，港口重新开放，渡轮恢复运行",
    "emoji": "🚢👩‍👩‍👧 Ferries are back 🇧🇪 #ferries @port $SHIP",
    "hostile": HOSTILE,
}
LANGUAGES = {"arabic": "ar", "chinese": "zh"}


def settings(*channels: Channel, site: str = "Harbour Daily") -> Settings:
    """Give settings with these channels and nothing else that matters here."""
    here = Path()
    return Settings(
        path=here,
        project=here,
        site=Site(name=site),
        store_url="",
        state_dir=here,
        templates_dir=here,
        sources=(),
        channels=channels or CHANNELS,
        rules=(),
        credentials={},
        notify=Notify(),
    )


def drawing(_: Article | None = None) -> bytes:
    """Draw a picture."""
    picture = Image.linear_gradient("L").resize((1200, 800)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((450, 250, 750, 550), fill="orange")
    draw.rectangle((0, 600, 1200, 800), fill="navy")
    target = io.BytesIO()
    picture.save(target, "JPEG")
    return target.getvalue()


def no_picture(_: Article) -> bytes:
    """Fail as a server does that is away."""
    raise ValueError("the server is away")


def composer(fetch: object = drawing, templates: Mapping[str, str] | None = None) -> Composer:
    """Give the composer that the command uses, but for the network; ``templates`` go before the shipped ones."""

    def ready(data: bytes, capabilities: Capabilities, alt: str) -> tuple[Media, bytes]:
        return prepare(data, capabilities=capabilities, alt=alt)

    loader = ChoiceLoader([DictLoader(dict(templates or {})), FileSystemLoader(shipped.templates())])
    return Composer(templates=Templates(loader), site="Harbour Daily", fetch=fetch, prepare=ready)  # type: ignore[arg-type]


def previews(
    *found: Article, channels: Sequence[Channel] = CHANNELS, by: Composer | None = None, text: str | None = None
) -> tuple[Preview, ...]:
    """Compose articles as ``syndicator preview`` does."""
    return rehearsal.preview(by or composer(), found, channels=channels, rules=(), text=text)


def titled(kind: str) -> Article:
    """Give an article with one of the titles."""
    return values.article(id=f"a{kind}", title=TITLES[kind], summary=TITLES[kind], language=LANGUAGES.get(kind, "en"))


def foreign(article: Article, **changes: object) -> Preview:
    """Give a preview on a platform that has no file of its own."""
    teaser = Teaser(
        channel="mast",
        platform="mastodon",
        template="mastodon.j2",
        text=article.title,
        link="https://news.example/2026/11/harbour/?utm_content=abc",
        length=480,
        limit=500,
    )
    composed = Composed(platform="mastodon", marker="abc", teaser=teaser, request={"status": article.title})
    draft = Draft(composed=replace(composed, cost=Decimal(0), **changes), pictures={})  # type: ignore[arg-type]
    return Preview(article=article, drafts={"mast": draft}, problems={"x": "template x.j2, line 3: unexpected '}'"})


def threaded(article: Article, *, channels: Sequence[Channel] = CHANNELS) -> Preview:
    """Give a preview with a thread on X and a first comment on Facebook."""
    by = composer(templates={"twitter.j2": THREAD, "facebook.j2": COMMENT})
    (preview,) = previews(article, channels=channels, by=by)
    return preview
