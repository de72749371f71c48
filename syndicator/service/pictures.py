"""The picture of a post: the source's, tried in order until one can be had; the page's; else a card drawn for it.

News never waits for a picture: whatever is wrong with one is a warning, and the next is tried.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Lock

from syndicator.core import pictures
from syndicator.model import AfterUnknown, Article, Capabilities, Channel, Counting, Media, Picture

ALT_LIMIT = 1000
"""Characters of an alternative text where the platform names no limit."""
TRIES = 3
"""Pictures fetched for one post: each may take its time, and news waits for no more."""
_KEPT = 64

Fetch = Callable[[Article], bytes]
"""Read the bytes of an article's picture; raises SourceError or ValueError."""
Prepare = Callable[[bytes, Capabilities, str], tuple[Media, bytes]]
"""Make bytes ready for a platform, with an alternative text; raises SourceError or ValueError."""
Look = Callable[[Article], Picture | None]
"""Read which pictures an article's page names; raises SourceError."""
Draw = Callable[[Article, Capabilities], tuple[Media, bytes]]
"""Draw an article's teaser card; raises SourceError or ValueError."""
PREVIEW = Capabilities(
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


class Pictures:
    """Finds pictures for posts. Thread-safe."""

    def __init__(self, *, fetch: Fetch, prepare: Prepare, look: Look | None = None, draw: Draw | None = None) -> None:
        self._fetch = fetch
        self._prepare = prepare
        self._look = look
        self._draw = draw
        self._seen: OrderedDict[str, Picture] = OrderedDict()
        self._lock = Lock()

    def of(
        self, article: Article, channel: Channel, capabilities: Capabilities
    ) -> tuple[list[tuple[Media, bytes]], tuple[str, ...]]:
        """Give the picture of a post, ready to be sent, and what a person should know about it.

        Kept also where the platform takes none: the hand-off and the preview show it.
        """
        if channel.image != "attach" or not capabilities.media_limit:
            return [], ()
        reasons: list[str] = []
        for tried, picture in enumerate(self._candidates(article, reasons)):
            if tried == TRIES:
                break
            words = pictures.alt_text(
                picture, title=article.title, limit=capabilities.alt_limit or ALT_LIMIT, language=article.language
            )
            try:
                media, data = self._prepare(self._fetch(replace(article, image=picture)), capabilities, words)
            except Exception as error:  # noqa: BLE001 - the source loop for pictures: hostile bytes must not stop the news
                reasons.append(f"a picture was left out: {error}")
            else:
                return [(replace(media, alt=words), data)], tuple(dict.fromkeys(reasons))
        reasons = list(dict.fromkeys(reasons)) or ["the article has no picture"]
        return self._drawn(article, channel, capabilities, reasons)

    def _drawn(
        self, article: Article, channel: Channel, capabilities: Capabilities, reasons: list[str]
    ) -> tuple[list[tuple[Media, bytes]], tuple[str, ...]]:
        if channel.image_fallback != "card" or self._draw is None:
            return [], tuple(reasons)
        try:
            media, data = self._draw(article, capabilities)
        except Exception as error:  # noqa: BLE001 - as above: a title that cannot be drawn must not stop the news
            return [], (*reasons, f"no teaser card was drawn: {error}")
        limit = capabilities.alt_limit or ALT_LIMIT
        words = pictures.alt_text(Picture(url=""), title=article.title, limit=limit, language=article.language)
        return [(replace(media, alt=words), data)], (*reasons, "a teaser card was drawn instead")

    def _candidates(self, article: Article, reasons: list[str]) -> Iterator[Picture]:
        """Give what the source named, then what the page names besides; the page is read when that is needed."""
        known: set[str] = set()
        for picture in pictures.each(article.image):
            known.add(picture.url)
            yield picture
        for picture in pictures.each(self._of_page(article, reasons)):
            if picture.url not in known:
                yield picture

    def _of_page(self, article: Article, reasons: list[str]) -> Picture | None:
        if self._look is None:
            return None
        key = f"{article.id} {article.url}"
        with self._lock:
            found = self._seen.get(key)
        if found is not None:
            return found
        try:
            found = self._look(article)
        except Exception as error:  # noqa: BLE001 - as above
            reasons.append(f"its page could not be asked for a picture: {error}")
            return None
        if found is not None:
            # Only what was found is kept: a page that names no picture yet may name one soon.
            with self._lock:
                self._seen[key] = found
                while len(self._seen) > _KEPT:
                    self._seen.popitem(last=False)
        return found

    def preview(self, article: Article) -> tuple[str, bytes] | None:
        """Give (type, bytes) of the article's picture as a link preview shows it; None when it cannot be had.

        For looking at only: platforms fetch the picture of a link preview themselves.
        """
        if article.image is None:
            return None
        try:
            media, data = self._prepare(self._fetch(article), PREVIEW, "")
        except Exception:  # noqa: BLE001 - as above
            return None
        return media.mime, data
