"""What another configuration would have changed: two backtests of the same time, post by post. It plays nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from syndicator.core.story import span
from syndicator.model import State, Teaser
from syndicator.service.backtest import Play, Played

NOTICED = timedelta(minutes=1)
"""A post that goes out less than this earlier or later is not called moved."""
_BECAME = {State.HELD: "held", State.SKIPPED: "skipped", State.QUEUED: "still waits"}


class Kind(StrEnum):
    """What happens to a post; one may be moved and changed."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One post that would have been another one."""

    kinds: tuple[Kind, ...]
    before: Play | None
    """Under the present configuration; None when it has no such post."""
    after: Play | None
    """Under the new one."""
    why: str

    @property
    def play(self) -> Play:
        """The post as the new configuration has it, else as the present one."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a difference is between two posts, or one and none")
        return found


def differences(before: Played, after: Played) -> tuple[Difference, ...]:
    """Compare two backtests: what the second one posts, leaves out, moves or words otherwise; in the order of time."""
    then, now = _by_key(before), _by_key(after)
    found = []
    for key in then.keys() | now.keys():
        difference = _difference(then.get(key), now.get(key), after)
        if difference is not None:
            found.append(difference)
    return tuple(sorted(found, key=lambda one: (one.play.at, one.play.post.channel, one.play.post.id)))


def _by_key(played: Played) -> dict[tuple[str, str], Play]:
    return {(one.article.id, one.post.channel): one for one in played.plays}


def _difference(before: Play | None, after: Play | None, played: Played) -> Difference | None:
    was, is_now = (one is not None and one.post.state is State.PUBLISHED for one in (before, after))
    if was and is_now and before is not None and after is not None:
        kinds = tuple(_kinds(before, after))
        return Difference(kinds=kinds, before=before, after=after, why=_moved(before, after)) if kinds else None
    if is_now and after is not None:
        return Difference(kinds=(Kind.ADDED,), before=before, after=after, why=_added(before, after))
    if was and before is not None:
        return Difference(kinds=(Kind.REMOVED,), before=before, after=after, why=_removed(before, after, played))
    return None


def _kinds(before: Play, after: Play) -> Iterator[Kind]:
    if abs(after.at - before.at) >= NOTICED:
        yield Kind.MOVED
    if before.draft and after.draft and _words(before.draft.composed.teaser) != _words(after.draft.composed.teaser):
        yield Kind.CHANGED


def _words(teaser: Teaser) -> tuple[str, str, tuple[str, ...]]:
    return teaser.text, teaser.link, tuple(part.text for part in teaser.parts)


def _moved(before: Play, after: Play) -> str:
    change = after.at - before.at
    why = ""
    if abs(change) >= NOTICED:
        why = f"{span(abs(change))} {'later' if change > timedelta(0) else 'earlier'}"
    return f"{why}; rule {after.rule} instead of {before.rule}".lstrip("; ") if before.rule != after.rule else why


def _added(before: Play | None, after: Play) -> str:
    return f"by rule {after.rule}; {_became(before)} now" if before is not None else f"by rule {after.rule}"


def _removed(before: Play, after: Play | None, played: Played) -> str:
    if after is not None:
        return _became(after)
    if before.post.channel not in {channel.name for channel in played.setup.channels}:
        return "the channel is not there"
    if before.article.source not in {source.name for source in played.setup.sources}:
        return "the source is not there"
    held = next((one for one in played.batches if any(s.article.id == before.article.id for s in one.stories)), None)
    return f"held: {held.reason}" if held is not None else "no rule sends it there"


def _became(play: Play) -> str:
    word = _BECAME.get(play.post.state, str(play.post.state))
    return f"{word}: {play.post.reason}" if play.post.reason else word
