"""What a platform needs of a page to make a link card: it answers, it names title and picture, the picture is there.

X and Facebook read the page themselves when a post is new, and keep what they saw for days: an empty card stays empty.
Read here as they do: Open Graph in the head, and nothing that only our own reader would understand.
"""

from typing import TYPE_CHECKING

from syndicator.errors import SourceError, SourceInvalid
from syndicator.model import Source
from syndicator.sources import _hostile, _page, webpage
from syndicator.sources._encoding import decode
from syndicator.sources._links import absolute

if TYPE_CHECKING:  # a parser's process fetches nothing
    from syndicator.sources._fetch import Fetcher

__all__ = ["look", "read_inside", "rehearse"]

rehearse = webpage.rehearse


async def look(url: str, *, fetcher: "Fetcher", allow_private: bool) -> None:
    """Look at a page as a platform will.

    Raises:
        SourceError: the card would be empty; the message says why.
    """
    from syndicator.sources import _child  # which a parser's process has no use for

    try:
        fetched = await fetcher.get(
            url, allow_private=allow_private, max_bytes=webpage.MAX_BYTES, accept=webpage.ACCEPT, source="its page"
        )
    except SourceError as error:
        raise SourceInvalid(f"its page cannot be had: {_bare(error)}", source=url, status=error.status) from error
    source = Source(name="its page", kind="webpage", url=url)
    said = await _child.asked(
        "cardcheck:read_inside", fetched.body, source=source, url=fetched.url, charset=fetched.charset
    )
    title, image = (said.get(name) if isinstance(said, dict) else None for name in ("title", "image"))
    missing = [
        name for name, value in (("og:title", title), ("og:image", image)) if not isinstance(value, str) or not value
    ]
    if missing:
        raise SourceInvalid(f"its page has no {' and no '.join(missing)}", source=url)
    await _see(str(image), fetcher, allow_private=allow_private)


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


def read_inside(body: bytes, *, url: str, charset: str | None, source: Source) -> dict[str, str]:  # noqa: ARG001
    """Give what a page says for link cards, for ``look``: title and address of the picture, empty where it says none.

    Raises:
        ValueError: it is no page.
    """
    text = decode(body, charset=charset)
    _hostile.refuse_tags(text)
    page = _page.read(text)
    image = page.meta("og:image:secure_url", "og:image", "og:image:url")
    return {"title": page.meta("og:title"), "image": (absolute(image, base=url) or "") if image else ""}
