"""What a backtest knows of articles while its clock runs: who reads how, which headlines there are, who was asked.

It stands in for the post log's tables of articles and batches; what follows from them is decided elsewhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syndicator import platforms
from syndicator.core import guards
from syndicator.core import plan as decisions
from syndicator.model import Article, Channel, Media, Rule, Source
from syndicator.service.backtest_history import Story
from syndicator.service.compose import Composer, Draft
from syndicator.store.articles import NAMESAKES, Namesake

Compose = Callable[[Article, Channel, str, str], Draft]
"""Compose a request from article, channel, marker, and the template that is named (empty: none is)."""
PICTURE = Media(sha256="0" * 64, mime="image/jpeg", width=1200, height=630, size=0)
"""Stands for a picture that nobody fetched, where only the price of a post with one is asked for."""


def composing(composer: Composer) -> Compose:
    """Compose as posts are composed, but for the pictures: none is fetched or drawn; what they cost is counted."""

    def compose(article: Article, channel: Channel, marker: str, template: str) -> Draft:
        draft = composer.words(article, channel=channel, marker=marker, template=template)
        pictured = channel.image == "attach" and (article.image is not None or channel.image_fallback == "card")
        if not pictured or not draft.composed.cost:
            return draft
        picture = replace(PICTURE, alt=article.image.alt if article.image and article.image.alt else article.title)
        teaser = replace(draft.composed.teaser, media=(picture,))
        cost = platforms.load(channel.platform).compose(channel, teaser, marker).cost
        return replace(draft, composed=replace(draft.composed, cost=cost))

    return compose


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The configuration under which articles are played."""

    sources: Sequence[Source]
    channels: Sequence[Channel]
    rules: Sequence[Rule]
    compose: Compose


def turn(article: Article) -> tuple[datetime, bool, datetime, str]:
    """Give an article's place in the order of planning (as ``store.articles.unplanned`` has it)."""
    written_at = article.published_at or article.first_seen_at
    return article.first_seen_at, article.published_at is None, written_at, article.id


@dataclass(slots=True, kw_only=True)
class Batch:
    """Articles that a guard holds together, or lets go by the policy of the routes."""

    source: str
    at: datetime
    guard: str
    reason: str
    stories: list[Story] = field(default_factory=list)
    decided_at: datetime | None = None
    """When a person decided about the same articles in the log; None when nobody did."""
    decision: str = ""

    def waits(self, now: datetime) -> bool:
        """Say whether nobody has decided yet."""
        return self.decided_at is None or self.decided_at > now

    def ranks(self, rules: Sequence[Rule]) -> dict[str, dict[str, int]]:
        """Give for each channel how many of its articles are newer than each (as ``service.plan.Outages`` counts)."""
        found: dict[str, dict[str, int]] = {}
        for article in guards.newest_first([story.article for story in self.stories]):
            for channel in decisions.routes(article, rules):
                ranked = found.setdefault(channel, {})
                ranked[article.id] = len(ranked)
        return found


@dataclass(slots=True)
class Desk:
    """Articles by id and headline, as they read at the moment."""

    headlines: set[tuple[str, str]]
    """Source and headline key of everything seen so far."""
    reads: dict[str, Article] = field(default_factory=dict)
    rivals: dict[str, str] = field(default_factory=dict)
    """Why an article contradicts another one, by its id."""
    asked: set[str] = field(default_factory=set)
    """Articles about which the rules were asked, but for those of batches."""
    _titled: dict[str, dict[str, None]] = field(default_factory=dict)

    def learn(self, article: Article) -> None:
        """Take an article in, or as it reads from now on."""
        before = self.reads.get(article.id)
        if before is not None and (key := guards.title_key(before.title)):
            self._titled.get(key, {}).pop(article.id, None)
        self.reads[article.id] = article
        if key := guards.title_key(article.title):
            self._titled.setdefault(key, {})[article.id] = None
            self.headlines.add((article.source, key))

    def echoes(self, source: str, stories: Iterable[Story]) -> list[Story]:
        """Give those whose headline the source had before."""
        return [story for story in stories if (source, guards.title_key(story.article.title)) in self.headlines]

    def namesakes(self, article: Article, *, now: datetime, live: Mapping[str, datetime]) -> list[Namesake]:
        """Give other articles with its headline, seen or posted within two days; last seen first.

        ``live``: when each article was last posted.
        """
        since = now - guards.SAME_TITLE
        key = guards.title_key(article.title)
        ids = self._titled.get(key, {}) if key else {}
        found = [self.reads[one] for one in ids if one != article.id]
        found = [one for one in found if one.first_seen_at >= since or live.get(one.id, one.first_seen_at) >= since]
        found.sort(key=lambda one: one.id)
        found.sort(key=lambda one: one.first_seen_at, reverse=True)
        return [
            Namesake(article=one, asked=one.id in self.asked, earlier=turn(one) < turn(article))
            for one in found[:NAMESAKES]
        ]
