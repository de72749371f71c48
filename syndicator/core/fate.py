"""Why an article went where it went, or nowhere: what each rule said, what became of it before any rule. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from syndicator.core import links, rules
from syndicator.core.story import span
from syndicator.model import Article, Rule

# --- what each rule says --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What one rule says of an article."""

    rule: str
    channels: tuple[str, ...]
    """Channels whose post this rule opens: it matched, and no rule before it had named them."""
    why_not: str
    """Why it opens none; empty when it does."""


def rulings(rules_: Sequence[Rule], article: Article) -> tuple[Ruling, ...]:
    """Give what every rule says, in order: the first that names a channel wins it, a final one ends the asking."""
    found: list[Ruling] = []
    taken: set[str] = set()
    over = ""
    for rule in rules_:
        why_not = f"not asked: rule {over} matched and is final" if over else rules.refusal(rule, article)
        names = list(dict.fromkeys(route.channel for route in rule.routes))
        fresh = tuple(name for name in names if name not in taken) if not why_not else ()
        if not why_not and not fresh:
            why_not = "matches, but earlier rules named its channels already"
        if not over and not rules.refusal(rule, article):
            taken.update(names)
            over = rule.name if rule.final else ""
        found.append(Ruling(rule=rule.name, channels=fresh, why_not=why_not))
    return tuple(found)


# --- what became of it before the rules -----------------------------------------------------------------------------


class Fate(StrEnum):
    """How far an article came on its way to the rules."""

    WAITING = "waiting"
    HELD = "held"
    DROPPED = "dropped"
    BASELINE = "baseline"
    TOO_OLD = "too old"
    BY_HAND = "by hand"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the log knows of an article's way to the rules."""

    article: Article
    planned_at: datetime | None
    held: bool = False
    decision: str | None = None
    decided_at: datetime | None = None
    baseline_at: datetime | None = None
    """Of its source."""
    max_age: timedelta = timedelta(hours=24)
    by_hand: bool = False
    """A person posted it."""


def fate(course: Course) -> Fate:
    """Say how far an article came."""
    if course.held and course.decision is None and course.planned_at is None:
        return Fate.HELD
    if course.held and course.decision == "dropped":
        return Fate.DROPPED
    if course.planned_at is None:
        return Fate.WAITING
    if course.held and course.planned_at == course.decided_at and _age(course) > course.max_age:
        return Fate.TOO_OLD
    # What is not to be planned is marked so when it is stored.
    if course.planned_at != course.article.first_seen_at:
        return Fate.PLANNED
    if course.by_hand:
        return Fate.BY_HAND
    if course.baseline_at is not None and course.article.first_seen_at <= course.baseline_at:
        return Fate.BASELINE
    return Fate.TOO_OLD if _age(course) > course.max_age else Fate.PLANNED


def told(course: Course, *, now: datetime) -> str:
    """Say in a sentence how far an article came and why no further."""
    limit = span(course.max_age)
    return {
        Fate.WAITING: "the rules are asked about it at the next planning (the running daemon, or `syndicator once`)",
        Fate.HELD: "a guard holds it with others until you decide, so the rules were not asked yet",
        Fate.DROPPED: "it was dropped with the others that a guard held, so the rules were never asked",
        Fate.BASELINE: "it was in the source's first reading, the baseline: remembered, never posted",
        Fate.TOO_OLD: f"it was {_how_old(course)}: what is older than {limit} is remembered and never posted",
        Fate.BY_HAND: "a person posted it by its address; the rules were not asked",
        Fate.PLANNED: f"the rules were asked {span(now - course.planned_at)} ago" if course.planned_at else "",
    }[fate(course)]


def _age(course: Course) -> timedelta:
    """Give how old it was when that was asked: at its release by a person, else when it was first seen."""
    article = course.article
    asked_at = course.decided_at if course.held and course.decided_at else article.first_seen_at
    return asked_at - (article.published_at or article.first_seen_at)


def _how_old(course: Course) -> str:
    if course.held:
        return "too old when the others were released with which a guard held it"
    return f"{span(_age(course))} old when it was first seen"


# --- a changed headline ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some words of a headline: ``old`` went, ``new`` came; both alike: they stayed."""

    old: str
    new: str


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Compare two headlines word by word."""
    before, after = old.split(), new.split()
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    return tuple(Piece(old=" ".join(before[a:b]), new=" ".join(after[c:d])) for _, a, b, c, d in matcher.get_opcodes())


def marked(old: str, new: str) -> str:
    """Write a changed headline on one line: ``Harbour [closed → reopens] after storm``."""
    return " ".join(_mark(piece) for piece in pieces(old, new))


def _mark(piece: Piece) -> str:
    if piece.old == piece.new:
        return piece.new
    if piece.old and piece.new:
        return f"[{piece.old} → {piece.new}]"
    return f"[−{piece.old}]" if piece.old else f"[+{piece.new}]"


# --- the address a person typed -------------------------------------------------------------------------------------

DEEP = 3
"""Links inside links that are unpacked."""


def addresses(typed: str) -> tuple[str, ...]:
    """Give the canonical addresses that a typed one may stand for: itself first, then those it wraps.

    Links in messages and search results carry the page's address in a parameter or, for caches of pages, in the path.
    """
    found: dict[str, None] = {}
    waiting = [(typed.strip(), 0)]
    while waiting:
        text, depth = waiting.pop(0)
        url = text if "://" in text[:12] else f"https://{text}"
        try:
            found.setdefault(links.canonical(url))
            parts = urlsplit(url)
        except ValueError:
            continue
        if depth < DEEP:
            inner = [value for _, value in parse_qsl(parts.query) if value.lower().startswith(("http://", "https://"))]
            waiting += [(value, depth + 1) for value in (*inner, *_in_path(parts.path))]
    return tuple(found)


def _in_path(path: str) -> list[str]:
    """Give the address in the path of a cache: ``/amp/s/site.example/story``, ``/https://site.example/story``."""
    for mark in ("/amp/s/", "/c/s/", "/v/s/"):
        if mark in path:
            return [f"https://{path.partition(mark)[2]}"]
    start = max(path.find("/http://"), path.find("/https://"))
    return [path[start + 1 :]] if start >= 0 else []


def marker(typed: str) -> str:
    """Give the post's marker that a published link carries; empty when it carries none."""
    try:
        return dict(parse_qsl(urlsplit(typed.strip()).query)).get("utm_content", "")
    except ValueError:
        return ""


def slug(url: str) -> str:
    """Give the last part of an address's path that says something, in lower case; empty when none does."""
    path = urlsplit(url).path.rstrip("/")
    return path.rpartition("/")[2].removesuffix(".html").removesuffix(".htm").lower()
