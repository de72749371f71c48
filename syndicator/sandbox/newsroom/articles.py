"""What the sandbox's newspaper prints: the article as a value, and the invented articles that ship with it.

All names, places and companies are made up. The bodies carry the phrases that content systems add around the words of
an author (:data:`BOILERPLATE`); a good teaser shows none of them. Knows nothing of HTTP.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

SITE = Path(__file__).parent.parent / "site"
NAME = "Meridian Lantern"
TAGLINE = "News from a Europe that does not exist"
FIRST_NUMBER = 101

BOILERPLATE = (
    "Read also",
    "À lire aussi",
    "Lesen Sie auch",
    "Читайте також",
    "Διαβάστε επίσης",
    "اقرأ أيضًا",
    "延伸阅读",
    "Follow us on",
    "Click here for more",
    "Share this:",
    "Subscribe to our newsletter",
    "appeared first on",
    "est apparu en premier sur",
    "erschien zuerst auf",
    "[…]",
    "____",
    "3 Comments",
    "Pingback:",
)
"""Phrases that stand in feeds and pages of the newspaper and must never reach a teaser."""

FOOTERS = {
    "en": ("The post", "appeared first on", "."),
    "fr": ("L’article", "est apparu en premier sur", "."),
    "de": ("Der Beitrag", "erschien zuerst auf", "."),
    "uk": ("Запис", "спершу з’явився на", "."),
    "el": ("Το άρθρο", "εμφανίστηκε πρώτα στο", "."),
    "ar": ("ظهرت المقالة", "أولاً على", "."),
    "zh": ("", "最先出现在", "。"),
}
"""The line that WordPress puts under every feed item, by language: before the title, before the site, the end."""

SECTIONS = {
    "Climat": "climate",
    "Technik": "technology",
    "Культура": "culture",
    "العالم": "world",
    "Κόσμος": "world",
    "科技": "technology",
}
"""Sections whose address is not simply their name."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsArticle:
    """One article of the newspaper. ``body``, ``before`` and ``after`` are HTML; everything else is plain text."""

    number: int
    """WordPress' post number: the ``p`` of the short link and of the guid."""
    slug: str
    title: str
    summary: str
    body: str
    published_at: datetime
    language: str = "en"
    section: str = "World"
    author: str = "The Night Desk"
    tags: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """Lines that the feed's excerpt has above the summary."""
    after: tuple[str, ...] = ()
    motif: str = ""
    """Name of the drawing; empty means the article has no picture."""
    palette: tuple[str, ...] = ()
    image_alt: str = ""
    guid: str = ""
    """A guid other than the short link; empty means the short link."""
    modified_at: datetime | None = None
    """When it was corrected; None: never."""
    protected: bool = False
    """Behind a password: listed, its words hidden."""

    @property
    def changed_at(self) -> datetime:
        """When the article was last touched."""
        return self.modified_at or self.published_at

    @property
    def path(self) -> str:
        """Path of the article's page, percent-encoded in lower case as WordPress does."""
        return f"/news/{self.published_at:%Y/%m}/{_quoted(self.slug)}/"

    @property
    def image_path(self) -> str:
        """Path of the article's picture; empty when it has none."""
        return f"/news/media/{_quoted(self.slug)}.jpg" if self.motif else ""

    @property
    def section_slug(self) -> str:
        """The section in addresses."""
        return SECTIONS.get(self.section) or slug_of(self.section) or "news"

    @property
    def direction(self) -> str:
        """``rtl`` for languages written from right to left, else ``ltr``."""
        return "rtl" if self.language in {"ar", "fa", "he", "ur"} else "ltr"

    @property
    def footer(self) -> tuple[str, str, str]:
        """The feed's closing line in the article's language; see :data:`FOOTERS`."""
        return FOOTERS.get(self.language, FOOTERS["en"])

    @property
    def shortened(self) -> bool:
        """True when the feed's excerpt pretends to be cut off."""
        return self.number % 2 == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What :meth:`Newsroom.publish` takes. Everything has a default; without a title the newsroom finds one itself."""

    title: str = ""
    summary: str = ""
    body: str = ""
    """Plain text, paragraphs separated by empty lines; the summary when empty."""
    body_html: str = ""
    """Instead of ``body``, taken as it is."""
    slug: str = ""
    guid: str = ""
    language: str = "en"
    section: str = "World"
    author: str = "The Night Desk"
    tags: Sequence[str] = ()
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    image: bool = True
    image_alt: str = ""
    motif: str = ""
    palette: Sequence[str] = ()
    published_at: datetime | str | None = None
    """An aware instant or its ISO form; now, less ``minutes_ago``, when absent."""
    minutes_ago: float = 0

    def article(self, number: int, *, slug: str, at: datetime, look: tuple[str, tuple[str, ...]]) -> NewsArticle:
        """Fill in what was left open; ``look`` is the motif and palette to use when none is named."""
        return NewsArticle(
            number=number,
            slug=slug,
            title=printable(self.title),
            summary=printable(self.summary),
            body=printable(self.body_html or paragraphs(self.body or self.summary)),
            published_at=at,
            language=self.language,
            section=self.section,
            author=printable(self.author),
            tags=tuple(printable(tag) for tag in self.tags),
            before=tuple(printable(line) for line in self.before),
            after=tuple(printable(line) for line in self.after),
            motif=(self.motif or look[0]) if self.image else "",
            palette=tuple(self.palette) or look[1],
            image_alt=printable(self.image_alt or (f"Illustration: {self.title}" if self.image else "")),
            guid=self.guid,
        )


def _quoted(slug: str) -> str:
    return quote(slug).lower()


def slug_of(title: str) -> str:
    """Make an address part of the Latin letters and digits in ``title``; empty when it has none."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")


def printable(text: str) -> str:
    """Drop what may not stand in an XML document."""
    return _UNPRINTABLE.sub("", text)


def paragraphs(text: str) -> str:
    """Turn plain text with empty lines between its paragraphs into HTML."""
    return "\n".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())


def shipped(now: datetime) -> tuple[list[NewsArticle], list[NewsArticle]]:
    """Read the articles that ship with the sandbox.

    Returns:
        Those that are out at ``now``, newest first and at most 20 hours old; and those held back for later, in the
        order in which to release them (dated ``now``).
    """
    out: list[NewsArticle] = []
    held: list[NewsArticle] = []
    files = sorted((SITE / "articles").glob("*.toml"))
    for position, file in enumerate(files):
        row = tomllib.loads(file.read_text(encoding="utf-8"))
        row.setdefault("slug", file.stem.partition("-")[2])
        age = row.pop("minutes_ago")
        article = _read(row, number=FIRST_NUMBER + 7 * (len(files) - position), at=now - timedelta(minutes=max(age, 0)))
        (held if age < 0 else out).append(article)
    return sorted(out, key=lambda article: article.published_at, reverse=True), held


def _read(row: dict[str, Any], *, number: int, at: datetime) -> NewsArticle:
    row |= {name: tuple(row[name]) for name in ("tags", "before", "after", "palette")}
    return NewsArticle(number=number, published_at=at, **row)
