"""Which article goes where. Pure: rules and an article in, routes out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from syndicator.model import Article, Route, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that matched, and one route it opens."""

    rule: str
    route: Route
    breaking: bool = False
    """A rule that matches, and names the channel, says that it does not wait to be stable."""


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _folded(words: Iterable[str]) -> set[str]:
    return {word.casefold().strip() for word in words}


def _language_matches(wanted: Sequence[str], language: str | None) -> bool:
    """``en`` matches ``en-GB``; ``en-GB`` matches only itself."""
    have = (language or "").casefold().replace("_", "-")
    return any(have == want or have.split("-")[0] == want for want in _folded(wanted))


def refusal(rule: Rule, article: Article) -> str:
    """Say which condition of ``rule`` does not hold for ``article``; empty when the rule matches."""
    tags = _folded(article.tags)
    if rule.sources and article.source not in rule.sources:
        return f"source {article.source} is not in {list(rule.sources)}"
    if rule.labels and not _folded(rule.labels) & _folded(article.labels):
        return f"none of the labels {list(rule.labels)}"
    if rule.tags and not _folded(rule.tags) & tags:
        return f"none of the tags {list(rule.tags)}"
    if rule.not_tags and _folded(rule.not_tags) & tags:
        return f"has one of the excluded tags {list(rule.not_tags)}"
    if rule.languages and not _language_matches(rule.languages, article.language):
        return f"language {article.language} is not in {list(rule.languages)}"
    if rule.title and not _pattern(rule.title).search(article.title):
        return f"title does not match /{rule.title}/"
    if rule.not_title and _pattern(rule.not_title).search(article.title):
        return f"title matches the exclusion /{rule.not_title}/"
    return ""


def matches(rules: Sequence[Rule], article: Article) -> tuple[Match, ...]:
    """Give the routes open to ``article``: at most one per channel, the first rule that names the channel wins."""
    found: dict[str, Match] = {}
    for rule in rules:
        if refusal(rule, article):
            continue
        for route in rule.routes:
            match = found.setdefault(route.channel, Match(rule=rule.name, route=route))
            if rule.breaking and not match.breaking:
                found[route.channel] = replace(match, breaking=True)
        if rule.final:
            break
    return tuple(found.values())
