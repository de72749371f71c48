"""From an article to the exact request for one channel: the one path that previews, dry runs and real sends share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from json import dumps

import structlog

from syndicator import platforms
from syndicator.core import links
from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.text import cut
from syndicator.errors import ComposeError, TemplateError
from syndicator.model import AfterUnknown, Article, Capabilities, Channel, Composed, Counting, Media

log = structlog.get_logger("syndicator.compose")

ALT_LIMIT = 1000
"""Characters of an alternative text where the platform names no limit."""

Fetch = Callable[[Article], bytes]
"""Read the bytes of an article's picture; raises SourceError or ValueError."""
Prepare = Callable[[bytes, Capabilities, str], tuple[Media, bytes]]
_CARD = Capabilities(
    text_limit=0,
    counting=Counting.CODE_POINTS,
    after_unknown=AfterUnknown.ASK,
    settle=timedelta(0),
    link_in_text=False,
    media_limit=1,
    media_max_bytes=200_000,
    media_ratio=(191, 100),
    media_max_side=800,
)
"""A link preview's picture in the shape that X and Facebook show (1.91:1), small enough to stand in a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A composed post that nobody has sent, and the bytes of its pictures by SHA-256."""

    composed: Composed
    pictures: Mapping[str, bytes]

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
    request = dumps(composed.request, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    # A lone half of a character must not end the hashing; whole text gives the same bytes either way.
    return sha256("\n".join((composed.marker, request, *pictures)).encode("utf-8", "surrogatepass")).hexdigest()


class Composer:
    """Render teasers and compose requests. Touches no platform and no post log."""

    def __init__(self, *, templates: Templates, site: str, fetch: Fetch, prepare: Prepare) -> None:
        self.templates = templates
        self._site = site
        self._fetch = fetch
        self._prepare = prepare

    def compose(
        self, article: Article, *, channel: Channel, marker: str, template: str = "", text: str | None = None
    ) -> Draft:
        """Build the exact request for ``article`` on ``channel``.

        A picture that cannot be had is left out and named in the teaser's warnings: news goes out without it.

        Raises:
            TemplateError: the template is missing or wrong.
            ComposeError: the article cannot become a teaser for this channel.
        """
        try:
            return self._compose(article, channel=channel, marker=marker, template=template, text=text)
        except (TemplateError, ComposeError):
            raise
        except Exception as error:
            # The compose guard: one poisonous article must not stop a channel (D36).
            log.exception("bug while composing", article=article.id, channel=channel.name)
            raise ComposeError(f"bug while composing: {error!r}") from error

    def _compose(self, article: Article, *, channel: Channel, marker: str, template: str, text: str | None) -> Draft:
        platform = platforms.load(channel.platform)
        pictures, warnings = self._pictures(article, channel, platform.capabilities(channel))
        request = TeaserRequest(
            article=article,
            channel=channel,
            capabilities=platform.capabilities(channel),
            template=template or channel.template or f"{platforms.load(channel.platform).SPEC.name}.j2",
            link=self._link(article, channel, marker),
            media=tuple(media for media, _ in pictures),
            text=text,
            site_name=self._site,
        )
        teaser = self.templates.render(request)
        teaser = replace(teaser, warnings=(*teaser.warnings, *warnings))
        composed = platform.compose(channel, teaser, marker)
        return Draft(composed=composed, pictures={media.sha256: data for media, data in pictures})

    def card(self, article: Article) -> tuple[str, bytes] | None:
        """Give (type, bytes) of the article's picture as a link preview shows it; None when it cannot be had.

        For looking at only: platforms fetch the picture of a link preview themselves.
        """
        if article.image is None:
            return None
        try:
            media, data = self._prepare(self._fetch(article), _CARD, "")
        except Exception:  # noqa: BLE001 - as in _pictures: hostile bytes must not stop a preview
            return None
        return media.mime, data

    def _link(self, article: Article, channel: Channel, marker: str) -> str:
        utm = {"utm_source": platforms.load(channel.platform).SPEC.name, "utm_medium": "social"}
        utm |= {key if key.startswith("utm_") else f"utm_{key}": value for key, value in channel.utm.items()}
        try:
            return links.tagged(article.url, marker=marker, utm=utm)
        except ValueError as error:
            raise ComposeError(f"the article's link cannot be used: {error}") from error

    def _pictures(
        self, article: Article, channel: Channel, capabilities: Capabilities
    ) -> tuple[list[tuple[Media, bytes]], tuple[str, ...]]:
        if channel.image != "attach" or not capabilities.media_limit:
            return [], ()
        if article.image is None:
            return [], ("the article has no picture",)
        # Kept also where the platform takes none: the hand-off and the preview show it.
        limit = capabilities.alt_limit or ALT_LIMIT
        alt = cut(article.image.alt or article.title, limit=limit, counting=Counting.CODE_POINTS)
        try:
            return [self._prepare(self._fetch(article), capabilities, alt)], ()
        except Exception as error:  # noqa: BLE001 - the source loop for pictures: hostile bytes must not stop the news
            return [], (f"the picture was left out: {error}",)
