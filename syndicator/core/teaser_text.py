"""The last steps to a teaser: rendered text or an editor's own words, made to fit and judged. Pure.

Nothing here runs a template. What is not marked as elastic is never cut; a person's words are never changed.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from syndicator.core.links import canonical
from syndicator.core.teaser_choice import Choice
from syndicator.core.teaser_context import ArticleView
from syndicator.core.teaser_fit import Assembly, squeeze, take_apart
from syndicator.core.teaser_request import TeaserRequest
from syndicator.core.teaser_tags import Division
from syndicator.core.text import cashtags_in, clean, cut, hashtags_in, measure, urls_in
from syndicator.core.text_clean import limit_cashtags
from syndicator.errors import ComposeError
from syndicator.model import Counting, Media, Part, Teaser

ALT_LIMIT = 1000
"""Characters of an alternative text where the platform names no limit."""
OWN_WORDS = Choice(name="", why="a person's own words")

_BLANK_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")
_BLANKS = re.compile(r"[ \t]+(?=\n)|(?<=\n)[ \t]+|(?<= ) +")
_PLAIN_WORD = re.compile(
    r"(?:\A|(?<=\s))(?:[^\W\d_]{2,}[,;:.!?…]?(?=\s|\Z)|[\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3]{2})"
)
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[\w/=&#-]", re.IGNORECASE)


def made(request: TeaserRequest, division: Division, *, article: ArticleView, link: str, choice: Choice) -> Teaser:
    """Make the teaser of a rendered template; ``link`` is the one that the template settled on.

    Raises:
        ComposeError: nothing to say, or it does not fit at its shortest.
    """
    capabilities = request.capabilities
    warnings: list[str] = []
    parts, later = _parts(request, division, article, link)
    assembly = take_apart(division.first)
    printed = link in division.first
    follows = bool(parts) and not printed and any(part.link for part in parts)
    if capabilities.link_in_text and link and not printed and not follows:
        assembly.literals[-1] += f"\n\n{link}"
        warnings.append(f"the template {choice.name} does not print the link; it was added at the end")
    text, length = _squeezed(request, assembly, limit=capabilities.text_limit)
    # A link is no plain word, so that it need not be taken out to find one.
    if not _PLAIN_WORD.search(text) and not _says_something(text.replace(link, " ") if link else text):
        raise ComposeError("nothing is left to say: the text is empty, a single character or only links and tags")
    # A link that a follow-up brings is not shown by the post as well, nor by its link card.
    link = "" if follows else link
    if [part for part in assembly.parts if part.text is not part.full]:
        warnings += _shortened(assembly, article)
    warnings += _link_warnings(request, text, link)
    warnings += later
    media = _described(request, division.alt) if division.alt else request.media
    return _finished(
        request, text, length=length, link=link, choice=choice, warnings=warnings, media=media, parts=parts
    )


def own_words(request: TeaserRequest, text: str) -> Teaser:
    """Take an editor's own text: nothing is cut or rewritten but the article's address, which gets our marker.

    Raises:
        ComposeError: empty, too long, or against a rule of the platform.
    """
    printable(request)
    capabilities = request.capabilities
    text = _tidied(clean(text))
    if not text:
        raise ComposeError("the text is empty")
    if request.link and request.link not in text:
        text = _with_marker(text, request)
    if capabilities.link_in_text and request.link and request.link not in text:
        text = f"{text}\n\n{request.link}"
    allowed = capabilities.max_cashtags
    if allowed is not None and len(cashtags_in(text)) > allowed:
        raise ComposeError(f"the text has more cashtags than the platform allows ({allowed})")
    length = measure(text, capabilities.counting)
    if length > capabilities.text_limit:
        raise ComposeError(f"the text is too long for this channel: {length} of at most {capabilities.text_limit}")
    warnings = list(_link_warnings(request, text, request.link))
    return _finished(
        request, text, length=length, link=request.link, choice=OWN_WORDS, warnings=warnings, media=request.media
    )


def printable(request: TeaserRequest) -> None:
    """See that the link can be shown.

    Raises:
        ComposeError: it has control characters.
    """
    if not request.link.isprintable():
        raise ComposeError("the link has characters that cannot be printed")


def _finished(
    request: TeaserRequest,
    text: str,
    *,
    length: int,
    link: str,
    choice: Choice,
    warnings: list[str],
    media: tuple[Media, ...],
    parts: tuple[Part, ...] = (),
) -> Teaser:
    return Teaser(
        channel=request.channel.name,
        platform=request.channel.platform,
        template=choice.name,
        template_why=choice.why,
        text=text,
        link=link,
        length=length,
        limit=request.capabilities.text_limit,
        media=media,
        language=request.article.language or request.channel.language,
        warnings=tuple(warnings),
        parts=parts,
    )


# --- text -----------------------------------------------------------------------------------------------------------


def _squeezed(request: TeaserRequest, assembly: Assembly, *, limit: int) -> tuple[str, int]:
    capabilities = request.capabilities
    finish = partial(_tidied, max_cashtags=capabilities.max_cashtags)
    return squeeze(assembly, limit=limit, counting=capabilities.counting, finish=finish)


def _tidied(text: str, *, max_cashtags: int | None = None) -> str:
    """Collapse blanks and blank lines that left-out parts leave behind; break cashtags beyond the allowed number."""
    text = text.strip()
    if "\n\n\n" in text or "\n " in text or " \n" in text or "  " in text or "\t" in text:
        text = _BLANKS.sub("", _BLANK_LINES.sub("\n\n", text)).strip()
    return limit_cashtags(text, max_cashtags)


def _with_marker(text: str, request: TeaserRequest) -> str:
    """Put the link with the marker in place of the article's bare address."""
    written = [match.span() for match in _ADDRESS.finditer(text)]
    for start, end in sorted({*written, *urls_in(text)}, reverse=True):
        address = text[start:end]
        try:
            same = canonical(address if "://" in address else f"https://{address}") == request.article.canonical_url
        except ValueError:
            continue
        if same:
            return text[:start] + request.link + text[end:]
    return text


def _says_something(text: str) -> bool:
    """Say whether more than links, tags and signs is there, where no plain word stands by itself."""
    for start, end in sorted(urls_in(text) + hashtags_in(text), reverse=True):
        text = text[:start] + " " + text[end:]
    return sum(sign.isalnum() for sign in text) > 1


# --- follow-ups and pictures ----------------------------------------------------------------------------------------


def _parts(
    request: TeaserRequest, division: Division, article: ArticleView, link: str
) -> tuple[tuple[Part, ...], list[str]]:
    """Fit each follow-up by itself; a blank one is none, and those that the platform has no room for are left out."""
    if not division.parts:
        return (), []
    capabilities = request.capabilities
    limit = capabilities.part_limit or capabilities.text_limit
    parts: list[Part] = []
    warnings: list[str] = []
    for rendered in division.parts:
        assembly = take_apart(rendered)
        try:
            text, length = _squeezed(request, assembly, limit=limit)
        except ComposeError as error:
            raise ComposeError(f"follow-up {len(parts) + 1}: {error}") from error
        if text:
            parts.append(Part(text=text, length=length, limit=limit, link=link if link and link in text else ""))
            said = [*_shortened(assembly, article), *_link_warnings(request, text, link)]
            warnings += [f"follow-up {len(parts)}: {warning}" for warning in said]
    most = capabilities.parts_most
    if len(parts) > most:
        room = f"at most {most}" if most else "none"
        warnings.append(f"the template has {len(parts)} follow-ups and the platform takes {room}: the rest is left out")
    return tuple(parts[:most]), warnings


def _described(request: TeaserRequest, alt: str) -> tuple[Media, ...]:
    """Give the pictures with the alternative text of the template, if it gives one."""
    if not alt or not request.media:
        return request.media
    text = " ".join(take_apart(alt).joined(str).split())
    limit = request.capabilities.alt_limit or ALT_LIMIT
    text = cut(text, limit=limit, counting=Counting.CODE_POINTS)
    return tuple(replace(media, alt=text) for media in request.media) if text else request.media


# --- warnings -------------------------------------------------------------------------------------------------------


def _shortened(assembly: Assembly, article: ArticleView) -> list[str]:
    warnings = []
    for part in assembly.parts:
        if part.kind == "f" and part.shortened:
            name = (
                "the title"
                if part.full == article.title
                else "the summary"
                if part.full in article.summary
                else "a part"
            )
            warnings.append(f"{name} was {'shortened' if part.text else 'left out'} to fit")
    return warnings


def _link_warnings(request: TeaserRequest, text: str, link: str) -> Iterable[str]:
    """Name what X links although nobody meant a link: it counts 23 and makes the post a dearer one."""
    if request.capabilities.counting is not Counting.X_WEIGHTED:
        return ()
    rest = text.replace(link, " ") if link else text
    return tuple(_told_links(request, text, rest, link)) if "." in rest else ()


def _told_links(request: TeaserRequest, text: str, rest: str, link: str) -> Iterable[str]:
    capabilities = request.capabilities
    has_link = bool(link) and link in text
    for start, end in urls_in(rest):
        dearer = not has_link and capabilities.price_with_link > capabilities.price
        cost = (
            f" and makes the post cost ${capabilities.price_with_link} instead of ${capabilities.price}"
            if dearer
            else ""
        )
        yield f"“{rest[start:end]}” counts as a link{cost}"
