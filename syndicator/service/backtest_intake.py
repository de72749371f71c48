"""What guards make of the polls that a backtest plays: news, what is held, what is let go after an outage.

It follows ``service.remember`` and ``service.guards``, whose decisions it asks; it plans and posts nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syndicator.core import guards as judgement
from syndicator.core import rhythm
from syndicator.core.guards import Circumstances, Doubt, Suspect
from syndicator.model import Article, Source
from syndicator.service import guards
from syndicator.service.backtest_desk import Batch, Desk, Setup, turn
from syndicator.service.backtest_history import Arrival, History, Story, after_an_outage
from syndicator.service.remember import circumstances
from syndicator.store.articles import SourceState


@dataclass(slots=True, kw_only=True)
class Taken:
    """What became of one poll's articles."""

    news: list[Story] = field(default_factory=list)
    """What is planned, in the order of planning."""
    batch: Batch | None = None
    """The batch that the news is let go in by the routes' policy for outages; None for ordinary news."""
    held: list[tuple[Story, Batch]] = field(default_factory=list)
    too_old: int = 0


class Intake:
    """Sources as they are known while the clock runs."""

    def __init__(self, history: History, setup: Setup, desk: Desk) -> None:
        self.batches: list[Batch] = []
        self._states = history.states
        self._rhythms = dict(history.rhythms)
        self._last_news: dict[str, datetime] = {}
        self._rules = setup.rules
        self._desk = desk

    def take(self, arrival: Arrival, source: Source) -> Taken:
        """Take a poll's articles in."""
        fresh = [story for story in arrival.stories if not story.known]
        news = [story for story in fresh if not _too_old(story.article, source, arrival.at)]
        taken = Taken(too_old=len(fresh) - len(news))
        given = self._circumstances(arrival, source, outage=after_an_outage(arrival))
        self._sieve(source, given, news, taken, arrival)
        for story in arrival.stories:
            self._desk.learn(configured(story.article, source))
            self._desk.rivals[story.article.id] = story.rival
        new = min(len(taken.news), judgement.believed(given))
        self._rhythms[source.name] = rhythm.learned(given.rhythm, at=given.now, new=new, last=given.last_at)
        self._last_news[source.name] = given.now
        return taken

    def _circumstances(self, arrival: Arrival, source: Source, *, outage: bool) -> Circumstances:
        """Give what the guards go by. Polls without news left no trace: they came at every interval, but in an outage,
        which began after the last news before it.
        """
        state = self._states.get(source.name) or SourceState(name=source.name)
        last_at = arrival.at - max(timedelta(seconds=state.interval or 0), source.interval)
        if outage:
            last_at = min(last_at, self._last_news.get(source.name, last_at))
        known = self._rhythms.get(source.name, rhythm.Rhythm())
        return circumstances(source, replace(state, last_success_at=last_at), known, now=arrival.at)

    def _sieve(
        self, source: Source, given: Circumstances, news: Sequence[Story], taken: Taken, arrival: Arrival
    ) -> None:
        """Decide what is held, as ``service.guards.sieve`` does."""
        waiting = [batch for batch in self.batches if batch.source == source.name and batch.waits(given.now)]
        rest = list(news)
        if news and (waiting or len(news) >= judgement.ECHOES):
            again = self._desk.echoes(source.name, news)
            if len(again) >= (1 if waiting else judgement.ECHOES):
                self._hold(source, judgement.echo(len(again), len(news)), again, given, waiting=waiting, taken=taken)
                ids = {story.article.id for story in again}
                rest = [story for story in news if story.article.id not in ids]
        articles = [story.article for story in rest]
        doubt, by_policy = guards.doubt_of(self._rules, given, articles)
        if doubt is not None and all(story.batch is None for story in rest):
            # The log let it go: perhaps after an absence in which so much is plausible.
            given = self._circumstances(arrival, source, outage=True)
            doubt, by_policy = guards.doubt_of(self._rules, given, articles)
        if doubt is not None:
            self._hold(source, doubt, rest, given, waiting=waiting, taken=taken)
            return
        taken.news = sorted(rest, key=lambda story: turn(story.article))
        if by_policy:
            reason = f"{len(rest)} new articles after an outage"
            taken.batch = Batch(
                source=source.name, at=given.now, guard=Suspect.CATCH_UP, reason=reason, stories=list(rest)
            )

    def _hold(
        self,
        source: Source,
        doubt: Doubt,
        stories: Sequence[Story],
        given: Circumstances,
        *,
        waiting: list[Batch],
        taken: Taken,
    ) -> None:
        """Hold articles, in the batch that waits already if there is one; a person decides as in the log."""
        if not waiting:
            waiting.append(Batch(source=source.name, at=given.now, guard=doubt.guard, reason=doubt.reason))
            self.batches.append(waiting[0])
        batch = waiting[0]
        batch.stories += stories
        for story in sorted(stories, key=lambda one: turn(one.article)):
            if story.batch is not None and story.batch.decided_at is not None:
                batch.decided_at = max(story.batch.decided_at, given.now)
                batch.decision = story.batch.decision or ""
            taken.held.append((story, batch))


def configured(article: Article, source: Source) -> Article:
    """Give an article as this configuration stores it: the labels are the configuration's."""
    return replace(article, labels=source.labels, language=article.language or source.language)


def _too_old(article: Article, source: Source, now: datetime) -> bool:
    return article.published_at is not None and now - article.published_at > source.max_age
