"""What a platform needs of a page to make a link card: it answers, it names title and picture, the picture is there.

X and Facebook read the page themselves when a post is new, and keep what they saw for days: an empty card stays empty.
Read here as they do: Open Graph in the head, and nothing that only our own reader would understand.
"""

from typing import TYPE_CHECKING

from syndicator.errors import SourceError, SourceInvalid
from syndicator.sources import linkcard

if TYPE_CHECKING:
    from syndicator.sources._fetch import Fetcher

__all__ = ["look"]


async def look(url: str, *, fetcher: "Fetcher", allow_private: bool) -> None:
    """Look at a page as a platform will.

    Raises:
        SourceError: the card would be empty; the message says why.
    """
    try:
        tags = await linkcard.read(url, fetcher=fetcher, allow_private=allow_private)
    except SourceError as error:
        raise SourceInvalid(f"its page cannot be had: {_bare(error)}", source=url, status=error.status) from error
    if tags.lacks:
        raise SourceInvalid(f"its page has no {tags.lacks}", source=url)
    await _see(tags.image, fetcher, allow_private=allow_private)


async def _see(image: str, fetcher: "Fetcher", *, allow_private: bool) -> None:
    from syndicator.sources.images import fetch_image

    try:
        await fetch_image(image, fetcher=fetcher, allow_private=allow_private)
    except SourceError as error:
        raise SourceInvalid(
            f"the picture of its page (og:image) cannot be had: {_bare(error)}", source=image
        ) from error


def _bare(error: SourceError) -> str:
    return str(error).removeprefix(f"{error.source}: ")
