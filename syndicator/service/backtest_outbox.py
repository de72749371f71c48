"""The posts of a backtest: planned, waiting, sent, held or skipped, by the code that decides it every day.

It follows ``service.plan``, ``service.deliver`` and ``service.corrections`` step by step, with its tables in memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syndicator import platforms
from syndicator.core import guards as judgement
from syndicator.core import plan as decisions
from syndicator.core.guards import Suspect
from syndicator.core.rules import Match
from syndicator.core.timing import Wait
from syndicator.errors import ComposeError, TemplateError
from syndicator.model import Article, Channel, Composed, State
from syndicator.service import corrections, doubts
from syndicator.service.backtest_desk import Batch, Desk, Setup
from syndicator.service.backtest_lane import Lane, Play
from syndicator.service.compose import Draft
from syndicator.store.history import Sent
from syndicator.store.views import Move

TICK = timedelta(seconds=1)
"""A daemon's: after a post that has to wait, the next one is looked at a tick later."""


@dataclass(slots=True)
class Outbox:
    """All posts, by article and channel."""

    setup: Setup
    desk: Desk
    look_at: Callable[[datetime, str], None]
    """Ask to be called for a channel (``look``) at an instant."""
    plays: dict[tuple[str, str], Play] = field(default_factory=dict)
    _channels: dict[str, Channel] = field(default_factory=dict)
    _lanes: dict[str, Lane] = field(default_factory=dict)
    _of: dict[str, list[Play]] = field(default_factory=dict)
    _live: dict[str, datetime] = field(default_factory=dict)
    """When each article was last posted anywhere."""

    def __post_init__(self) -> None:
        for channel in self.setup.channels:
            self._channels[channel.name] = channel
            price = platforms.load(channel.platform).capabilities(channel).price
            self._lanes[channel.name] = Lane(channel, price)

    def begin(self, sent: Sequence[Sent]) -> None:
        """Count for caps and budgets what was sent before the clock starts."""
        for lane in self._lanes.values():
            lane.begin(sent)

    # --- planning ---------------------------------------------------------------------------------------------------

    def plan(self, article_id: str, batch: Batch | None, now: datetime) -> int:
        """Plan one article, as ``service.plan`` does; give the number of its posts. ``batch``: it came in this one."""
        article = self.desk.reads[article_id]
        matches = decisions.matches(article, self.setup.rules)
        found = self._doubts(article, [name for name in matches if name in self._channels], batch, now)
        left_out = self._left_out(article, batch, now)
        wanted = decisions.posts_for(
            article, rules_=self.setup.rules, channels=self._channels, now=now, doubts=found | left_out
        )
        for post in wanted:
            if (article_id, post.channel) in self.plays:
                continue
            made = Play.of(post, article, rule=matches[post.channel].rule, at=now)
            self.plays[article_id, post.channel] = made
            self._of.setdefault(article_id, []).append(made)
            if post.channel in left_out:
                made.settle(state=State.SKIPPED)
            elif post.state is State.HELD:
                self._freeze(made)
            else:
                self._queue(made, now)
        if batch is None:
            self.desk.asked.add(article_id)
        return len(wanted)

    def _doubts(self, article: Article, names: Sequence[str], batch: Batch | None, now: datetime) -> dict[str, str]:
        """Say for each channel why a person has to look first, as ``service.doubts.of`` does."""
        withdrawn = corrections.WITHDRAWN if judgement.withdrawn(article.title) else ""
        common = [withdrawn, self.desk.rivals.get(article.id, "")]
        released = batch is not None and batch.guard == Suspect.ECHO
        others = [] if released else self.desk.namesakes(article, now=now, live=self._live)
        found = {}
        for channel in names:
            known = [self.plays.get((other.article.id, channel)) for other in others]
            latest = {made.post.article_id: made.post for made in known if made is not None}
            why = [*common, doubts.same_title(others, latest.get)]
            if any(why):
                found[channel] = "; ".join(filter(None, why))
        return found

    def _left_out(self, article: Article, batch: Batch | None, now: datetime) -> dict[str, str]:
        """Say for each channel why its route leaves an article of an outage out (``service.plan.Outages``)."""
        if batch is None or batch.guard != Suspect.CATCH_UP:
            return {}
        ranks = batch.ranks(self.setup.rules)
        found = {
            name: judgement.left_out(route.catch_up, article, newer=ranks.get(name, {}).get(article.id, 0), now=now)
            for name, route in decisions.routes(article, self.setup.rules).items()
        }
        return {name: why for name, why in found.items() if why}

    def _freeze(self, made: Play) -> None:
        try:
            made.draft = self._compose(made)
        except (TemplateError, ComposeError) as error:
            made.settle(reason=f"{made.reason}; {error}")

    def _compose(self, made: Play) -> Draft:
        channel = self._channels[made.post.channel]
        return self.setup.compose(made.article, channel, made.post.id, made.post.template)

    def _queue(self, made: Play, now: datetime) -> None:
        self._lanes[made.post.channel].queue(made)
        self.look_at(max(made.due_at, now), made.post.channel)

    # --- delivering -------------------------------------------------------------------------------------------------

    def look(self, channel: str, now: datetime) -> None:
        """Deliver what is due on one channel, as a round of ``service.deliver`` does."""
        lane = self._lanes[channel]
        if now < lane.rests_until:
            return
        while (made := lane.next_due(now)) is not None:
            stale = made.expires_at <= now
            wait = lane.wait(now, lane.price)
            if wait is not None and not stale:
                self._defer(made, wait, now)
                lane.rests_until = now + TICK
                self.look_at(lane.rests_until, channel)
                return
            if stale:
                self._expire(made, now)
            else:
                self._send(made, lane, now)

    def _defer(self, made: Play, wait: Wait, now: datetime) -> None:
        made.due_at, made.reason = wait.until, wait.reason
        made.expires_at += wait.until - now if wait.stretches else timedelta(0)
        self._queue(made, now)

    def _expire(self, made: Play, now: datetime) -> None:
        why = f"stale: due {made.due_at:%Y-%m-%d %H:%M}Z, not sent by {made.expires_at:%Y-%m-%d %H:%M}Z"
        self._end(made, State.SKIPPED, f"{why}; last reason: {made.reason}" if made.reason else why, now)

    def _send(self, made: Play, lane: Lane, now: datetime) -> None:
        made.article = self.desk.reads[made.post.article_id]
        try:
            draft = made.draft or self._compose(made)
        except (TemplateError, ComposeError) as error:
            self._end(made, State.HELD, str(error), now)
            return
        if (wait := lane.wait(now, draft.composed.cost)) is not None:
            self._defer(made, wait, now)
            return
        made.draft = draft
        for each in (draft.composed, *draft.follow_ups):
            lane.send(now, each.cost)
        self._live[made.post.article_id] = now
        made.settle(published_at=now, remote_url="a simulated post")
        self._end(made, State.PUBLISHED, made.reason, now)

    def _end(self, made: Play, state: State, reason: str, now: datetime) -> None:
        made.settle(state=state, reason=reason)
        made.at = now

    # --- edits and decisions ----------------------------------------------------------------------------------------

    def edit(self, article: Article, now: datetime) -> None:
        """Draw the consequences of an edit for the posts that wait, as ``service.corrections.follow`` does."""
        match_of = decisions.matches(article, self.setup.rules)
        for made in self._of.get(article.id, ()):
            if made.post.state is State.QUEUED:
                made.article = article
                self._follow(made, match_of.get(made.post.channel), now)

    def _follow(self, made: Play, match: Match | None, now: datetime) -> None:
        if judgement.withdrawn(made.article.title):
            self._end(made, State.HELD, corrections.WITHDRAWN, now)
            return
        if made.draft is not None:
            if self._reads_otherwise(made, made.draft.composed):
                self._end(made, State.HELD, corrections.CORRECTED, now)
            return
        channel = self._channels[made.post.channel]
        if match is None or not (
            found := corrections.new_time(made.article, made.settle(), channel=channel, match=match, now=now)
        ):
            return
        made.due_at, made.reason = found
        made.expires_at = max(made.expires_at, made.due_at + channel.expires_after)
        made.settle(template=match.route.template or channel.template)
        self._queue(made, now)

    def _reads_otherwise(self, made: Play, frozen: Composed) -> bool:
        try:
            teaser = self._compose(made).composed.teaser
        except (TemplateError, ComposeError):
            return True
        return (teaser.text, teaser.link) != (frozen.teaser.text, frozen.teaser.link)

    def decide(self, article_id: str, channel: str, move: Move, now: datetime) -> None:
        """Let a person decide about a post what they decided in the log, if it still waits for that."""
        made = self.plays.get((article_id, channel))
        if made is None or made.post.state not in (State.HELD, State.QUEUED):
            return
        if move.event == "drop":
            self._end(made, State.SKIPPED, "dropped by an editor", now)
        elif made.post.state is State.HELD and made.draft is not None:
            policy = self._channels[channel]
            made.due_at = max(now + policy.undo, made.due_at)
            made.expires_at = made.due_at + policy.expires_after
            made.settle(state=State.QUEUED, reason="approved")
            self._queue(made, now)
