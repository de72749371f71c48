"""What the verbs work with: settings made into running parts by ``wiring``, handed to every verb as one value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag

from syndicator.model import Channel, Rule, Source
from syndicator.platforms import Adapter
from syndicator.service.clock import Clock
from syndicator.service.compose import Composer
from syndicator.service.highwater import HighWater
from syndicator.service.notify import Notifier
from syndicator.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The running parts of one syndicator."""

    store: Store
    sources: Sequence[Source]
    channels: Mapping[str, Channel]
    rules: Sequence[Rule]
    composer: Composer
    adapter: Callable[[str, str], Adapter]
    """Give a channel's adapter for a purpose (``send`` or ``look``), connected once each."""
    notifier: Notifier
    state_dir: Path
    """Where hand-off pages and the high-water mark go."""
    highwater: HighWater
    clock: Clock = field(default_factory=Clock)
    node: str = "local"
    stop: Flag = field(default_factory=Flag)
    """Set on SIGTERM: no new claim begins, what is open is finished."""
    poll_concurrency: int = 20
    active: set[str] = field(default_factory=set)
    """Tokens of the attempts that threads of this process are at."""
