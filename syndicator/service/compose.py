"""From an article to the exact request for one channel: the one path that previews, dry runs and real sends share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from json import dumps
from typing import cast

import structlog

from syndicator import platforms
from syndicator.core import identity, links
from syndicator.core.teaser_request import Renderer, TeaserRequest
from syndicator.errors import ComposeError, RendererGone, TemplateError
from syndicator.model import Article, Channel, Composed, Part
from syndicator.service.pictures import Draw, Fetch, Look, Pictures, Prepare

log = structlog.get_logger("syndicator.compose")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A composed post that nobody has sent, and the bytes of its pictures by SHA-256."""

    composed: Composed
    pictures: Mapping[str, bytes]
    follow_ups: tuple[Composed, ...] = ()
    """What follows it, in order. What each answers to is not known before the one before it is live."""

    @property
    def sha256(self) -> str:
        """Hash of the exact request: what an approval binds to and what every attempt must repeat."""
        return _fingerprint(self.composed, self.pictures)


def frozen(post_sha256: str | None, composed: Composed) -> Draft:
    """Give the request that was frozen with a post, if it still is what it was (S05).

    Raises:
        ComposeError: other bytes than those that were frozen: a damaged page must not become a wrong post.
    """
    pictures = dict.fromkeys(media.sha256 for media in composed.teaser.media)
    if _fingerprint(composed, pictures) != post_sha256:
        raise ComposeError("the frozen request is not what was frozen: the post log is damaged (restore a backup)")
    return Draft(composed=composed, pictures={})


def _fingerprint(composed: Composed, pictures: Iterable[str]) -> str:
    def plain(value: object) -> str:
        return dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    # Whoever approves a post approves its follow-ups: their texts are part of what is hashed.
    parts = [plain(["follow-up", part.text]) for part in composed.teaser.parts]
    whole = "\n".join((composed.marker, plain(composed.request), *pictures, *parts))
    # A lone half of a character must not end the hashing; whole text gives the same bytes either way.
    return sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def follow_up(channel: Channel, before: Composed, *, to: str) -> Composed | None:
    """Build the exact request of what follows ``before``, from its frozen teaser and nothing else; None at the end.

    ``to`` is the remote id of what it answers; empty in previews.

    Raises:
        ComposeError: the platform takes no such follow-up (any more).
    """
    if not before.teaser.parts:
        return None
    platform = platforms.load(channel.platform)
    first, *rest = before.teaser.parts
    teaser = replace(
        before.teaser,
        text=first.text,
        length=first.length,
        limit=first.limit,
        link=first.link,
        media=(),
        warnings=(),
        parts=tuple(rest),
    )
    if not platform.capabilities(channel).parts_most:
        raise ComposeError(f"{platform.SPEC.title} takes no follow-ups")
    follower = cast(platforms.Following, platform)
    return follower.follow(channel, teaser, identity.follow_up_id(before.marker), to=to)


def _marked(parts: tuple[Part, ...], marker: str) -> Iterable[Part]:
    """Give each follow-up's link its own marker: by it a look-up tells them apart."""
    own = marker
    for part in parts:
        own = identity.follow_up_id(own)
        link = part.link.replace(marker, own)
        yield replace(part, text=part.text.replace(part.link, link) if part.link else part.text, link=link)


def _chain(channel: Channel, composed: Composed) -> Iterable[Composed]:
    following = follow_up(channel, composed, to="")
    while following is not None:
        yield following
        following = follow_up(channel, following, to="")


class Composer:
    """Render teasers and compose requests. Touches no platform and no post log."""

    def __init__(
        self,
        *,
        templates: Renderer,
        site: str,
        fetch: Fetch,
        prepare: Prepare,
        look: Look | None = None,
        draw: Draw | None = None,
    ) -> None:
        self.templates = templates
        self._site = site
        self._pictures = Pictures(fetch=fetch, prepare=prepare, look=look, draw=draw)

    def compose(
        self, article: Article, *, channel: Channel, marker: str, template: str = "", text: str | None = None
    ) -> Draft:
        """Build the exact request for ``article`` on ``channel``.

        A picture that cannot be had is left out and named in the teaser's warnings: news goes out without it.

        Raises:
            TemplateError: the template is missing or wrong.
            ComposeError: the article cannot become a teaser for this channel.
        """
        return self._guarded(article, channel, marker, template=template, text=text, pictured=True)

    def words(
        self, article: Article, *, channel: Channel, marker: str, template: str = "", text: str | None = None
    ) -> Draft:
        """Build what ``compose`` builds without its picture: nothing is fetched, read or drawn for it.

        Raises:
            TemplateError: the template is missing or wrong.
            ComposeError: the article cannot become a teaser for this channel.
        """
        return self._guarded(article, channel, marker, template=template, text=text, pictured=False)

    def _guarded(
        self, article: Article, channel: Channel, marker: str, *, template: str, text: str | None, pictured: bool
    ) -> Draft:
        try:
            return self._compose(article, channel, marker, template=template, text=text, pictured=pictured)
        except (TemplateError, ComposeError):
            raise
        except MemoryError as error:
            # The machine's condition and not the article's: the post waits and is composed again.
            raise RendererGone("this machine has no memory left", template=template or channel.name) from error
        except Exception as error:
            # The compose guard: one poisonous article must not stop a channel (D36).
            log.exception("bug while composing", article=article.id, channel=channel.name)
            raise ComposeError(f"bug while composing: {error!r}") from error

    def _compose(
        self, article: Article, channel: Channel, marker: str, *, template: str, text: str | None, pictured: bool
    ) -> Draft:
        platform = platforms.load(channel.platform)
        found = self._pictures.of(article, channel, platform.capabilities(channel)) if pictured else ([], ())
        pictures, warnings = found
        request = TeaserRequest(
            article=article,
            channel=channel,
            capabilities=platform.capabilities(channel),
            template=template,
            platform=platform.SPEC.name,
            link=self._link(article, channel, marker),
            media=tuple(media for media, _ in pictures),
            text=text,
            site_name=self._site,
        )
        teaser = self.templates.render(request)
        parts = tuple(_marked(teaser.parts, marker))
        teaser = replace(teaser, warnings=(*teaser.warnings, *warnings), parts=parts)
        composed = platform.compose(channel, teaser, marker)
        return Draft(
            composed=composed,
            pictures={media.sha256: data for media, data in pictures},
            follow_ups=tuple(_chain(channel, composed)),
        )

    def card(self, article: Article) -> tuple[str, bytes] | None:
        """Give (type, bytes) of the article's picture as a link preview shows it; None when it cannot be had."""
        return self._pictures.preview(article)

    def _link(self, article: Article, channel: Channel, marker: str) -> str:
        utm = {"utm_source": platforms.load(channel.platform).SPEC.name, "utm_medium": "social"}
        utm |= {key if key.startswith("utm_") else f"utm_{key}": value for key, value in channel.utm.items()}
        try:
            return links.tagged(article.url, marker=marker, utm=utm)
        except ValueError as error:
            raise ComposeError(f"the article's link cannot be used: {error}") from error
