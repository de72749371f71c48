"""One channel of a backtest: what waits on it, and what it sent so far, in memory. It must not decide when to send."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from heapq import heappop, heappush

from syndicator.core import timing
from syndicator.core.timing import Pace, Wait
from syndicator.model import Article, Channel, Post, State
from syndicator.service.compose import Draft
from syndicator.store.history import Sent

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Play:
    """One post as the backtest has it so far."""

    post: Post
    article: Article
    """As it read when the post was last looked at; once it is out, as it was posted."""
    rule: str
    at: datetime
    """When it came into its present state."""
    due_at: datetime
    expires_at: datetime
    reason: str
    """These three while it waits: it may be asked hundreds of times, and the post is a value."""
    draft: Draft | None = None
    """Frozen when a person is asked; else made when it is sent."""

    @classmethod
    def of(cls, post: Post, article: Article, *, rule: str, at: datetime) -> "Play":
        """Begin with a post as it was planned."""
        return cls(
            post=post, article=article, rule=rule, at=at,
            due_at=post.due_at, expires_at=post.expires_at, reason=post.reason,
        )  # fmt: skip

    def settle(self, **changes: object) -> Post:
        """Bring the post up to date and give it."""
        now = {"due_at": self.due_at, "expires_at": self.expires_at, "reason": self.reason} | changes
        self.post = replace(self.post, **now)  # type: ignore[arg-type]
        self.reason = self.post.reason
        return self.post

    @property
    def cost(self) -> Decimal:
        """What it costs with all that follows it, in US dollars."""
        if self.draft is None:
            return Decimal(0)
        return sum((each.cost for each in self.draft.follow_ups), self.draft.composed.cost)


@dataclass(slots=True)
class Lane:
    """A channel's queue and its pace, as the post log would give them."""

    channel: Channel
    price: Decimal
    """Of a plain post, in US dollars: what is asked for before the request is known."""
    rests_until: datetime = FIRST
    """A round that ended with a post that has to wait is the only one of its tick."""
    _heap: list[tuple[datetime, datetime, datetime, str]] = field(default_factory=list)
    _plays: dict[str, Play] = field(default_factory=dict)
    _sent_at: list[datetime] = field(default_factory=list)
    _spent: list[Decimal] = field(default_factory=list)
    """Dollars spent up to and with each of ``_sent_at``."""

    def begin(self, sent: Iterable[Sent]) -> None:
        """Count what was really sent before the clock starts."""
        for one in sent:
            if one.channel == self.channel.name:
                self.send(one.at, one.cost)

    def queue(self, play: Play) -> None:
        """Let a post wait until it is due; call it again whenever its time changes."""
        post = play.post
        self._plays[post.id] = play
        # The order of the post log: due, planned, written, id.
        heappush(self._heap, (play.due_at, post.created_at, play.article.published_at or LAST, post.id))

    def next_due(self, now: datetime) -> Play | None:
        """Give the next queued post that is due."""
        while self._heap and self._heap[0][0] <= now:
            due_at, _, _, post_id = self._heap[0]
            play = self._plays[post_id]
            if play.post.state is State.QUEUED and play.due_at == due_at:
                return play
            heappop(self._heap)  # it was moved since
        return None

    def send(self, at: datetime, cost: Decimal) -> None:
        """Count one post."""
        self._sent_at.append(at)
        self._spent.append((self._spent[-1] if self._spent else Decimal(0)) + cost)

    def wait(self, now: datetime, cost: Decimal) -> Wait | None:
        """Say why a post that costs ``cost`` has to wait; None when it may go."""
        return timing.may_send(now, channel=self.channel, pace=self.pace(now), cost=cost)

    def pace(self, now: datetime) -> Pace:
        """Give what the channel's limits ask for (``service.deliver`` asks the post log for the same)."""
        channel, pace = self.channel, Pace()
        today, spend, last_at = pace.today, pace.month_spend, pace.last_at
        if channel.min_interval and self._sent_at and self._sent_at[-1] >= now - channel.min_interval:
            last_at = self._sent_at[-1]
        if channel.daily_cap is not None:
            today = len(self._sent_at) - bisect_left(self._sent_at, timing.day_start(now, channel.timezone))
        if channel.monthly_budget is not None:
            spend = self._since(timing.month_start(now, channel.timezone))
        return Pace(last_at=last_at, today=today, month_spend=spend)

    def _since(self, at: datetime) -> Decimal:
        before = bisect_left(self._sent_at, at)
        if before == len(self._sent_at):
            return Decimal(0)
        return self._spent[-1] - (self._spent[before - 1] if before else Decimal(0))
