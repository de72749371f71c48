"""What the preview page shows, as values: stories with posts and problems. Must not write HTML; the templates do."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from syndicator import platforms
from syndicator.cli.preview_text import domain, initials, is_web
from syndicator.model import Article, Channel, Composed, Media
from syndicator.service.compose import Draft
from syndicator.service.rehearsal import Preview
from syndicator.settings import Settings

CardUri: TypeAlias = Callable[[], str]
"""Give the link preview's picture as ``data:`` address; empty when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who posts, as the platform would print it. ``handle`` begins with ``@`` or is empty."""

    name: str
    handle: str
    initials: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """An attached picture: its ``data:`` address (empty when the bytes are missing) and what it is."""

    uri: str
    media: Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The link preview that a platform would make of the article's page."""

    domain: str
    title: str
    description: str
    alt: str
    language: str | None
    picture: CardUri


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One post. ``card`` is None when a picture is attached: platforms show one or the other."""

    channel: str
    platform: str
    platform_title: str
    account: Account
    composed: Composed
    language: str | None
    shots: tuple[Shot, ...]
    card: Card | None
    sha256: str

    @property
    def share(self) -> int:
        """How much of the text limit is used, in percent, at most 100."""
        teaser = self.composed.teaser
        return min(100, round(100 * teaser.length / teaser.limit)) if teaser.limit else 0

    @property
    def level(self) -> str:
        """``over`` the limit, ``near`` it (from nine tenths), or ``fine``."""
        teaser = self.composed.teaser
        if teaser.limit and teaser.length > teaser.limit:
            return "over"
        return "near" if self.share >= 90 else "fine"

    @property
    def alone(self) -> bool:
        """Whether the link stands outside the text, as a field of its own."""
        return bool(self.composed.teaser.link) and self.composed.teaser.link not in self.composed.teaser.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A channel that gets no post, and why."""

    channel: str
    platform_title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article with what becomes of it, in the order of the configured channels."""

    article: Article
    link: str
    """The article's address if a browser may open it, else empty."""
    source: str
    items: tuple[Shown | Problem, ...]

    @property
    def cost(self) -> Decimal:
        """What its posts cost together, in US dollars."""
        return sum((item.composed.cost for item in self.items if isinstance(item, Shown)), Decimal(0))


def story(preview: Preview, *, settings: Settings, card_picture: CardUri) -> Story:
    """Shape one preview; ``card_picture`` is asked only if a post shows a link preview."""
    configured = {channel.name: channel for channel in settings.channels}
    order = {name: place for place, name in enumerate(configured)}
    names = sorted([*preview.drafts, *preview.problems], key=lambda name: order.get(name, len(order)))
    article = preview.article
    items = tuple(
        _shown(name, preview.drafts[name], article=article, settings=settings, card_picture=card_picture)
        if name in preview.drafts
        else _problem(name, preview.problems, configured)
        for name in names
    )
    link = article.url if is_web(article.url) else ""
    return Story(article=article, link=link, source=article.source or domain(article.url), items=items)


def _shown(name: str, draft: Draft, *, article: Article, settings: Settings, card_picture: CardUri) -> Shown:
    composed = draft.composed
    channel = next((channel for channel in settings.channels if channel.name == name), None)
    language = composed.teaser.language or article.language
    return Shown(
        channel=name,
        platform=composed.platform,
        platform_title=_platform_title(channel.platform if channel else composed.platform),
        account=_account(channel, fallback=settings.site.name or name),
        composed=composed,
        language=language,
        shots=tuple(_shot(media, draft.pictures) for media in composed.teaser.media),
        card=None if composed.teaser.media else _card(article, composed.teaser.link, card_picture),
        sha256=draft.sha256,
    )


def _problem(name: str, problems: Mapping[str, str], configured: Mapping[str, Channel]) -> Problem:
    title = _platform_title(configured[name].platform) if name in configured else ""
    return Problem(channel=name, platform_title=title, text=problems[name])


def _platform_title(platform: str) -> str:
    try:
        return platforms.load(platform).SPEC.title
    except ModuleNotFoundError:
        return platform


def _account(channel: Channel | None, *, fallback: str) -> Account:
    """Name who posts: the publication, with the account as its handle; an account with blanks is a name itself."""
    account = channel.account.strip().removeprefix("@") if channel else ""
    is_name = not account or any(sign.isspace() for sign in account)
    name = account if account and is_name else fallback
    return Account(name=name, handle="" if is_name else f"@{account}", initials=initials(name))


def _shot(media: Media, pictures: Mapping[str, bytes]) -> Shot:
    data = pictures.get(media.sha256)
    return Shot(uri=f"data:{media.mime};base64,{b64encode(data).decode()}" if data else "", media=media)


def _card(article: Article, link: str, picture: CardUri) -> Card:
    return Card(
        domain=domain(link or article.url),
        title=article.title,
        description=article.summary,
        alt=article.image.alt if article.image else "",
        language=article.language,
        picture=picture,
    )
