"""What a backtest plays again, read from the post log in one look: polls with their articles, edits, decisions.

Stored articles say when they were first seen and what each edit replaced; polls that brought nothing left no trace.
It reads and writes nothing else, and decides nothing.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from syndicator.core import guards, identity, rhythm
from syndicator.core.guards import Suspect
from syndicator.core.rhythm import Rhythm
from syndicator.model import Article
from syndicator.store import articles, history
from syndicator.store.articles import Connection, SourceState
from syndicator.store.batches import Batch
from syndicator.store.history import Poll, Sent, Stored
from syndicator.store.views import Move, Revision

WARM_UP = 2 * guards.SAME_TITLE
"""Played before the time that is asked for and not shown: what waits, and whose headlines are known, when it begins."""
LEARNED_FROM = 400
"""Polls with news of a source from which its rhythm is learned anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An article as it read from an instant on."""

    at: datetime
    article: Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article with all that happened to it in the log."""

    versions: tuple[Version, ...]
    known: bool
    """It was only remembered: it came with the first reading of its source."""
    batch: Batch | None
    """The batch it came in, if a guard held that."""
    decisions: Mapping[str, Sequence[Move]]
    """What people said of its posts, by channel."""
    rival: str
    """Why it contradicts an article that was there before; empty when it does not."""

    @property
    def article(self) -> Article:
        """The article as it first read."""
        return self.versions[0].article


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A poll that brought news."""

    at: datetime
    source: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that is played again."""

    begins_at: datetime
    """When the clock starts: a while before ``since``."""
    since: datetime
    until: datetime
    arrivals: tuple[Arrival, ...]
    states: Mapping[str, SourceState]
    rhythms: Mapping[str, Rhythm]
    """What was known of each source when the clock starts."""
    headlines: frozenset[tuple[str, str]]
    """Source and headline key of everything seen before the clock starts."""
    sent: tuple[Sent, ...]
    """What counts for caps and budgets when the clock starts."""
    first: datetime | None = None
    last: datetime | None = None
    """When the first and the last article of the whole log were seen."""

    @property
    def shown(self) -> int:
        """How many articles came in the time that is asked for."""
        return sum(len(one.stories) for one in self.arrivals if one.at >= self.since)


def read(conn: Connection, *, since: datetime, until: datetime) -> History:
    """Read what happened from ``since`` to ``until``, and what has to be known before."""
    begins_at = since - WARM_UP
    stored = history.seen(conn, since=begins_at, until=until)
    span = history.span(conn)
    names = sorted({one.article.source for one in stored})
    states = {name: state for name in names if (state := articles.source_state(conn, name))}
    tells = _Telling(
        edits=history.edits(conn, since=begins_at),
        held=history.held_together(conn, since=begins_at),
        decisions=_by_article(history.decisions(conn, since=begins_at, until=until)),
        rivals=_rivals(conn, [one.article for one in stored]),
        states=states,
        until=until,
    )
    polls = history.polls(conn, before=begins_at)
    return History(
        begins_at=begins_at,
        since=since,
        until=until,
        arrivals=tuple(_arrivals(stored, tells.story)),
        states=states,
        rhythms={name: _learned(polls, name) for name in names},
        headlines=frozenset(history.headlines(conn, before=begins_at)),
        # A month is the longest time that a limit looks back, in whatever time zone.
        sent=tuple(history.sent(conn, since=begins_at - timedelta(days=33), before=begins_at)),
        first=span[0] if span else None,
        last=span[1] if span else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """Makes stories of stored articles."""

    edits: Mapping[str, Sequence[Revision]]
    held: Mapping[int, Batch]
    decisions: Mapping[str, Mapping[str, Sequence[Move]]]
    rivals: Mapping[str, str]
    states: Mapping[str, SourceState]
    until: datetime

    def story(self, one: Stored) -> Story:
        state = self.states.get(one.article.source)
        baseline_at = state.baseline_at if state is not None else None
        first_reading = baseline_at is not None and one.article.first_seen_at <= baseline_at
        return Story(
            versions=_versions(one.article, self.edits.get(one.article.id, ()), until=self.until),
            known=one.never_asked and first_reading,
            batch=self.held.get(one.batch) if one.batch is not None else None,
            decisions=self.decisions.get(one.article.id, {}),
            rival=self.rivals.get(one.article.id, ""),
        )


def _versions(article: Article, edits: Sequence[Revision], *, until: datetime) -> tuple[Version, ...]:
    """Give an article as it read from each edit on: an edit tells what it replaced."""
    edits = [edit for edit in edits if edit.at >= article.first_seen_at]
    texts = [(edit.title, edit.summary, edit.url) for edit in edits] + [(article.title, article.summary, article.url)]
    since = [article.first_seen_at, *(edit.at for edit in edits)]
    versions = []
    for number, (at, (title, summary, url)) in enumerate(zip(since, texts, strict=True)):
        if number and at > until:
            break
        revised_at = at if number else None
        read_as = replace(article, title=title, summary=summary, url=url, revised_at=revised_at)
        versions.append(Version(at=at, article=read_as))
    return tuple(versions)


def _arrivals(stored: Sequence[Stored], story: Callable[[Stored], Story]) -> Iterator[Arrival]:
    """Group what was seen first at one moment: that was one poll."""
    by = [(one.article.first_seen_at, one.article.source, one) for one in stored]
    by.sort(key=lambda item: item[:2])
    for (at, source), group in groupby(by, key=lambda item: item[:2]):
        yield Arrival(at=at, source=source, stories=tuple(story(one) for _, _, one in group))


def _by_article(found: Mapping[tuple[str, str], Sequence[Move]]) -> dict[str, dict[str, Sequence[Move]]]:
    grouped: dict[str, dict[str, Sequence[Move]]] = {}
    for (article_id, channel), moves in found.items():
        grouped.setdefault(article_id, {})[channel] = moves
    return grouped


def _rivals(conn: Connection, found: Collection[Article]) -> dict[str, str]:
    """Say of each article which of its names is another article's, as planning does (``service.doubts``)."""
    names = {article.id: _names(article) for article in found}
    owners = articles.known(conn, [name for pair in names.values() for _, name in pair])
    wrong = {
        article_id: (kind, owners[name])
        for article_id, pair in names.items()
        for kind, name in reversed(pair)
        if owners.get(name, article_id) != article_id
    }
    others = articles.several(conn, {owner for _, owner in wrong.values()})
    return {
        article_id: f"has the {kind} of another article with another headline: “{other.title}” ({other.url})"
        for article_id, (kind, owner) in wrong.items()
        if (other := others.get(owner))
    }


def _names(article: Article) -> list[tuple[str, str]]:
    named = [("address", f"url:{article.canonical_url}")] if article.canonical_url else []
    return named + ([("guid", identity.guid_alias(article.source, article.guid))] if article.guid else [])


def _learned(polls: Sequence[Poll], source: str) -> Rhythm:
    """Learn a source's rhythm from its polls with news, as the polls themselves did."""
    known, last = Rhythm(), None
    for poll in [poll for poll in polls if poll.source == source][-LEARNED_FROM:]:
        known = rhythm.learned(known, at=poll.at, new=poll.new, last=last)
        last = poll.at
    return known


def after_an_outage(arrival: Arrival) -> bool:
    """Say whether nobody read the source for long before ``arrival``: only a batch that began with it tells that."""
    began = (story.batch for story in arrival.stories if story.batch is not None and story.batch.at == arrival.at)
    return any(batch.guard == Suspect.CATCH_UP for batch in began)
