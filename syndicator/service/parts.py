"""What the verbs work with: settings made into running parts by ``wiring``, handed to every verb as one value."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Protocol, TypeVar

from syndicator.model import Article, Channel, Rule, Source
from syndicator.service.clock import Clock
from syndicator.service.digest import Digest
from syndicator.service.pulse import Pulse
from syndicator.service.turns import Turns

if TYPE_CHECKING:  # a listing names the parts and runs none of them
    from syndicator.platforms import Adapter
    from syndicator.service.compose import Composer
    from syndicator.service.journal import Journal
    from syndicator.service.notify import Notifier
    from syndicator.store.engine import Store

Item = TypeVar("Item")
Done = TypeVar("Done")


class SideBySide(Protocol):
    """Do something to several things, none of which waits for another; the results come in the order of the things."""

    def __call__(self, act: Callable[[Item], Done], items: Sequence[Item], /) -> Iterable[Done]:
        """Act on each."""
        ...


def in_threads(act: Callable[[Item], Done], items: Sequence[Item], /) -> list[Done]:
    """Act on each in a thread of its own; one alone needs none."""
    if len(items) < 2:
        return [act(item) for item in items]
    with ThreadPoolExecutor(max_workers=len(items), thread_name_prefix="side") as pool:
        return list(pool.map(act, items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What an article's page says right before its post goes out (F07); empty when it says nothing for certain."""

    gone: str = ""
    """Why it is not there any more."""
    title: str = ""
    canonical_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The running parts of one syndicator."""

    store: "Store"
    sources: Sequence[Source]
    channels: Mapping[str, Channel]
    rules: Sequence[Rule]
    composer: "Composer"
    adapter: "Callable[[str, str], Adapter]"
    """Give a channel's adapter for a purpose (``send``, ``look`` or ``probe``), connected once each."""
    notifier: "Notifier"
    state_dir: Path
    """Where hand-off pages and the journal go."""
    journal: "Journal"
    clock: Clock = field(default_factory=Clock)
    node: str = "local"
    stop: Flag = field(default_factory=Flag)
    """Set on SIGTERM: no new claim begins, what is open is finished."""
    poll_concurrency: int = 20
    side_by_side: SideBySide = in_threads
    """How channels are worked on side by side; the simulation, which owns time, does one after the other."""
    active: set[str] = field(default_factory=set)
    """Tokens of the attempts that threads of this process are at."""
    digest: Digest = field(default_factory=Digest)
    """Stale posts that a person has not heard of yet."""
    turns: Turns = field(default_factory=Turns)
    """Who is at which channel in this process: whoever comes second leaves the work to the first."""
    pulse: Pulse = field(default_factory=Pulse)
    """When each of the daemon's ticks last came back."""
    page: Callable[[Source, Article], Page] | None = None
    """Ask for an article's page, for sources with ``live_check``; None asks for none."""
    link_card: Callable[[Article], str] | None = None
    """Ask an article's page why its link card would be empty (empty: it is complete); None asks nothing."""
    link_cards: dict[str, tuple[str, float]] = field(default_factory=dict)
    """What those pages said lately, by their address, and until when (elapsed seconds) it counts."""
    probe_tries: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Channels whose probe failed: how often in a row, and when (elapsed seconds) it may be tried again."""
