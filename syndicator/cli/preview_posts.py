"""What the preview page shows, as values: stories with posts and problems. Must not write HTML; the templates do."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from syndicator import platforms
from syndicator.cli.preview_text import domain, initials, is_web
from syndicator.core.boilerplate import clean_lead
from syndicator.model import Article, Channel, Composed, Counting, Media
from syndicator.service.compose import Draft
from syndicator.service.rehearsal import Preview
from syndicator.settings import Settings

PictureOf: TypeAlias = Callable[[Article], tuple[str, bytes] | None]
"""Give (type, bytes) of the picture that a link preview would show; None when there is none to be had."""
PageOf: TypeAlias = Callable[[Article], Article | None]
"""Give title, summary and picture as the article's page tells them to platforms; None when it cannot be read."""
_COUNTED = {
    Counting.X_WEIGHTED: "X’s weights: a link 23, an emoji 2, a Chinese sign 2",
    Counting.UTF16: "UTF-16 units: a letter 1, most emoji 2",
    Counting.CODE_POINTS: "characters",
}


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


class CardSource:
    """What an article's link previews are made of: asked for when a post first shows one, and once."""

    def __init__(self, article: Article, *, page_of: PageOf | None, picture_of: PictureOf | None) -> None:
        self._article = article
        self._page_of = page_of
        self._picture_of = picture_of
        self._seen: Article | None = None
        self._uri: str | None = None
        self._notes: list[str] = []

    def seen(self) -> Article:
        """Give the article as its page tells it to platforms; as it was read when the page cannot be had."""
        if self._seen is None:
            self._seen = self._ask()
        return self._seen

    def _ask(self) -> Article:
        if self._page_of is None:
            return self._article
        seen = self._page_of(self._article)
        if seen is None:
            self._notes.append("The article’s page could not be read: link previews are drawn from its source.")
            return self._article
        if seen.image is None:
            self._notes.append("The article’s page names no picture (og:image): its link previews have none.")
        return seen

    def uri(self) -> str:
        """Give the picture's ``data:`` address; empty when there is no picture."""
        if self._uri is None:
            seen = self.seen()
            found = self._picture_of(seen) if self._picture_of and seen.image else None
            self._uri = _data_uri(*found) if found else ""
            if self._picture_of and seen.image and not found:
                self._notes.append("The article’s picture could not be had, so link previews are drawn without it.")
        return self._uri

    def notes(self) -> tuple[str, ...]:
        """Give what could not be had, as sentences; complete once the posts are drawn."""
        return tuple(self._notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The link preview that a platform would make of the article's page."""

    domain: str
    title: str
    description: str
    alt: str
    language: str | None
    picture: CardSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """How much of a text limit is used, as the platform counts."""

    length: int
    limit: int

    @property
    def share(self) -> int:
        """How much of the limit is used, in percent, at most 100."""
        return min(100, round(100 * self.length / self.limit)) if self.limit else 0

    @property
    def level(self) -> str:
        """``over`` the limit, ``near`` it (from nine tenths), or ``fine``."""
        if self.limit and self.length > self.limit:
            return "over"
        return "near" if self.share >= 90 else "fine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """A follow-up: the next post of a thread, or the first comment. ``name`` is how people call it."""

    name: str
    text: str
    gauge: Gauge
    composed: Composed
    card: Card | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One post. ``card`` is None when a picture is attached: platforms show one or the other."""

    channel: str
    platform: str
    platform_title: str
    account: Account
    composed: Composed
    parts: tuple[Further, ...]
    """What follows the post, in order."""
    language: str | None
    shots: tuple[Shot, ...]
    card: Card | None
    sha256: str
    counted: str
    """How the platform counts, in words."""

    @property
    def gauge(self) -> Gauge:
        """The post itself; each of ``parts`` has a gauge of its own."""
        return Gauge(length=self.composed.teaser.length, limit=self.composed.teaser.limit)

    @property
    def cost(self) -> Decimal:
        """What the post and what follows it cost together, in US dollars."""
        return sum((part.composed.cost for part in self.parts), self.composed.cost)


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
    picture: CardSource
    items: tuple[Shown | Problem, ...]

    @property
    def cost(self) -> Decimal:
        """What its posts cost together, in US dollars."""
        return sum((item.cost for item in self.items if isinstance(item, Shown)), Decimal(0))


def story(
    preview: Preview, *, settings: Settings, card_picture: PictureOf | None, page_of: PageOf | None = None
) -> Story:
    """Shape one preview; ``page_of`` and ``card_picture`` are asked only if a post shows a link preview."""
    picture = CardSource(preview.article, page_of=page_of, picture_of=card_picture)
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


def _shown(name: str, draft: Draft, *, article: Article, settings: Settings, picture: CardSource) -> Shown:
    composed = draft.composed
    channel = next((channel for channel in settings.channels if channel.name == name), None)
    language = composed.teaser.language or article.language
    return Shown(
        channel=name,
        platform=composed.platform,
        platform_title=_platform_title(channel) or composed.platform,
        account=_account(channel, fallback=settings.site.name or name),
        composed=composed,
        parts=tuple(_parts(draft.follow_ups, picture)),
        language=language,
        shots=tuple(_shot(media, draft.pictures) for media in composed.teaser.media),
        card=None if composed.teaser.media else _card(composed, picture),
        sha256=draft.sha256,
        counted=_COUNTED[_counting(channel)],
    )


def _problem(name: str, problems: Mapping[str, str], configured: Mapping[str, Channel]) -> Problem:
    return Problem(channel=name, platform_title=_platform_title(configured.get(name)), text=problems[name])


def _platform_title(channel: Channel | None) -> str:
    """Give the title of a channel's platform; empty for a channel that the configuration does not know."""
    return platforms.load(channel.platform).SPEC.title if channel else ""


def _counting(channel: Channel | None) -> Counting:
    return platforms.load(channel.platform).capabilities(channel).counting if channel else Counting.CODE_POINTS


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


def _parts(follow_ups: Sequence[Composed], picture: CardSource) -> Iterator[Further]:
    for number, each in enumerate(follow_ups, start=2):
        yield Further(
            name="first comment" if each.platform == "facebook" else f"post {number} of {len(follow_ups) + 1}",
            text=each.teaser.text,
            gauge=Gauge(length=each.teaser.length, limit=each.teaser.limit),
            composed=each,
            card=_card(each, picture),
        )


def _card(composed: Composed, picture: CardSource) -> Card | None:
    """Give the link preview of a post; None for one without our link."""
    if not composed.teaser.link:
        return None
    seen = picture.seen()
    return Card(
        domain=domain(composed.teaser.link),
        title=seen.title,
        description=clean_lead(seen.summary),
        alt=seen.image.alt if seen.image else "",
        language=seen.language,
        picture=picture,
    )
