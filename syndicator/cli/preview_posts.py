"""What the preview page shows, as values: stories with posts and problems. Must not write HTML; the templates do."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from syndicator import platforms
from syndicator.cli.preview_text import domain, initials, is_web
from syndicator.core.boilerplate import clean_lead
from syndicator.model import Article, Channel, Composed, Media
from syndicator.service.compose import Draft
from syndicator.service.rehearsal import Preview
from syndicator.settings import Settings

PictureOf: TypeAlias = Callable[[Article], tuple[str, bytes] | None]
"""Give (type, bytes) of the picture that a link preview would show; None when there is none to be had."""


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


class CardPicture:
    """The picture of an article's link preview: fetched when a post first shows it, and once."""

    def __init__(self, article: Article, picture_of: PictureOf | None) -> None:
        self._article = article
        self._picture_of = picture_of if article.image else None
        self._uri: str | None = None

    def uri(self) -> str:
        """Give the ``data:`` address; empty when there is no picture."""
        if self._uri is None:
            found = self._picture_of(self._article) if self._picture_of else None
            self._uri = _data_uri(*found) if found else ""
        return self._uri

    @property
    def failed(self) -> bool:
        """Whether a post wanted the picture and it could not be had."""
        return self._picture_of is not None and self._uri == ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The link preview that a platform would make of the article's page."""

    domain: str
    title: str
    description: str
    alt: str
    language: str | None
    picture: CardPicture


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
    picture: CardPicture
    items: tuple[Shown | Problem, ...]

    @property
    def cost(self) -> Decimal:
        """What its posts cost together, in US dollars."""
        return sum((item.composed.cost for item in self.items if isinstance(item, Shown)), Decimal(0))


def story(preview: Preview, *, settings: Settings, card_picture: PictureOf | None) -> Story:
    """Shape one preview; ``card_picture`` is asked only if a post shows a link preview."""
    picture = CardPicture(preview.article, card_picture)
    configured = {channel.name: channel for channel in settings.channels}
    order = {name: place for place, name in enumerate(configured)}
    names = sorted([*preview.drafts, *preview.problems], key=lambda name: order.get(name, len(order)))
    article = preview.article
    items = tuple(
        _shown(name, preview.drafts[name], article=article, settings=settings, picture=picture)
        if name in preview.drafts
        else _problem(name, preview.problems, configured)
        for name in names
    )
    link = article.url if is_web(article.url) else ""
    source = article.source or domain(article.url)
    return Story(article=article, link=link, source=source, picture=picture, items=items)


def _shown(name: str, draft: Draft, *, article: Article, settings: Settings, picture: CardPicture) -> Shown:
    composed = draft.composed
    channel = next((channel for channel in settings.channels if channel.name == name), None)
    language = composed.teaser.language or article.language
    return Shown(
        channel=name,
        platform=composed.platform,
        platform_title=_platform_title(channel) or composed.platform,
        account=_account(channel, fallback=settings.site.name or name),
        composed=composed,
        language=language,
        shots=tuple(_shot(media, draft.pictures) for media in composed.teaser.media),
        card=None if composed.teaser.media else _card(article, composed.teaser.link, picture),
        sha256=draft.sha256,
    )


def _problem(name: str, problems: Mapping[str, str], configured: Mapping[str, Channel]) -> Problem:
    return Problem(channel=name, platform_title=_platform_title(configured.get(name)), text=problems[name])


def _platform_title(channel: Channel | None) -> str:
    """Give the title of a channel's platform; empty for a channel that the configuration does not know."""
    return platforms.load(channel.platform).SPEC.title if channel else ""


def _account(channel: Channel | None, *, fallback: str) -> Account:
    """Name who posts: the publication, with the account as its handle; an account with blanks is a name itself."""
    account = channel.account.strip().removeprefix("@") if channel else ""
    is_name = not account or any(sign.isspace() for sign in account)
    name = account if account and is_name else fallback
    return Account(name=name, handle="" if is_name else f"@{account}", initials=initials(name))


def _shot(media: Media, pictures: Mapping[str, bytes]) -> Shot:
    data = pictures.get(media.sha256)
    return Shot(uri=_data_uri(media.mime, data) if data else "", media=media)


def _data_uri(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{b64encode(data).decode()}"


def _card(article: Article, link: str, picture: CardPicture) -> Card:
    return Card(
        domain=domain(link or article.url),
        title=article.title,
        description=clean_lead(article.summary),
        alt=article.image.alt if article.image else "",
        language=article.language,
        picture=picture,
    )
