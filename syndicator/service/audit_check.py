"""Is an audit file what was exported, and does the post log still say the same? It reads only.

Three questions, each answered as far as there is something to answer it with: do the lines hold each other; was the end
cut off since the last export on this machine; is everything that was exported still in the post log.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from syndicator.model import Json, Result
from syndicator.service.audit import HEAD, STANDING, Facts, NotOurs, Standing, facts, links, opened, standing
from syndicator.service.chain import Broken
from syndicator.store import audit as log_facts
from syndicator.store import trust
from syndicator.store.codec import dump_instant
from syndicator.store.engine import Connection, Store

NAMED_MOST = 20
"""So many lines that the post log contradicts are named; all are counted."""
_MAY_GIVE_WAY = {Result.PROCESSING, Result.UNKNOWN}
"""Results that may give way to a better answer; to a receipt every result gives way (R16)."""


@dataclass(kw_only=True)
class Finding:
    """What a check of an audit file found."""

    lines: int = 0
    sha256: str = ""
    log_id: str = ""
    broken: str = ""
    """Where and how the chain does not hold; empty when it does."""
    line: int | None = None
    compared: bool = False
    """The post log was there to compare with."""
    missing: int = 0
    """Exported facts that the post log does not have, or has otherwise."""
    named: list[str] = field(default_factory=list)
    lost: int = 0
    """Exported facts that a roll-back of the post log explains (R14, R15): the audit is the only one who knows them."""
    not_exported: int = 0

    @property
    def holds(self) -> bool:
        """Say whether nothing was found."""
        return not self.broken and not self.missing


def verify(
    path: Path, store: Store | None = None, *, state_dir: Path | None = None, hidden: tuple[str, ...] = ()
) -> Finding:
    """Check an audit file, and compare it with the post log when there is one.

    Raises:
        OSError: the file cannot be read.
        StoreError: the post log cannot be read.
    """
    found = Finding()
    try:
        with opened(path, writing=False) as stream:
            # The file is locked before the log is read: an export in between would seem to know too much.
            against = None if store is None else _Comparison(store, found, hidden)
            for link in links(stream, log_id=store.log_id if store else None, state_dir=state_dir):
                found.lines, found.sha256 = link.seq, link.sha256
                if link.seq == 1:
                    found.log_id = str(link.fact.get("log_id", ""))
                if against is not None:
                    against.take(link.seq, link.fact)
            if not found.lines:
                found.broken = "it is empty"
            elif against is not None:
                against.finish()
    except Broken as error:
        found.broken, found.line = str(error), error.line
    except NotOurs as error:
        found.broken = str(error)
    return found


class _Comparison:
    """The facts of the post log at one moment, against which line after line is held."""

    def __init__(self, store: Store, found: Finding, hidden: tuple[str, ...]) -> None:
        self._store = store
        self._found = found
        self._last = Standing()
        self._known = Facts()
        self._matched = 0
        with store.read() as conn:
            for fact in facts(conn, hidden):
                self._known.add(fact)
            self._now = standing(conn, hidden)
            known = trust.get(conn)
        self._lost = (known.rolled_back_from, known.rolled_back_at)

    def take(self, line: int, fact: Json) -> None:
        """Hold one line against the post log."""
        if fact["kind"] == HEAD:
            return
        if fact["kind"] in STANDING:
            self._last.take(fact)
        elif fact in self._known:
            self._matched += 1
        elif self._lost_in_a_roll_back(fact):
            self._found.lost += 1
        else:
            with self._store.read() as conn:
                if not _gave_way(conn, fact):
                    self._accuse(line, fact)

    def _accuse(self, line: int, fact: Json) -> None:
        self._found.missing += 1
        if len(self._found.named) < NAMED_MOST:
            what = f"{fact['kind']} of {fact.get('at', '')[:19]}Z, post {fact.get('post', '')}"
            self._found.named.append(f"line {line} ({what}): the post log does not say so, or not any more")

    def _lost_in_a_roll_back(self, fact: Json) -> bool:
        since, until = self._lost
        return since is not None and until is not None and dump_instant(since) <= fact["at"] <= dump_instant(until)

    def finish(self) -> None:
        """Count what the file does not have yet."""
        self._found.compared = True
        news = sum(self._last.differs(value) for value in self._now)
        self._found.not_exported = max(self._known.count - self._matched, 0) + news


def _gave_way(conn: Connection, fact: Json) -> bool:
    """Say whether an attempt's result was corrected since by one that it may give way to."""
    if fact["kind"] != "attempt closed":
        return False
    now = log_facts.result_of(conn, fact["attempt"])
    if now is None or now == fact["result"]:
        return False
    return now is Result.PUBLISHED or (fact["result"] in _MAY_GIVE_WAY and now in {Result.REFUSED, Result.UNKNOWN})


def lines_of(found: Finding) -> Iterator[str]:
    """Say in sentences what was found."""
    if found.broken:
        yield f"BROKEN: {found.broken}"
        return
    yield f"the chain holds: {found.lines} lines, the last one's hash is {found.sha256}"
    if not found.compared:
        yield "not compared with a post log: an end that was cut off between two lines cannot be seen this way"
        return
    for named in found.named:
        yield f"BROKEN: {named}"
    if found.missing > len(found.named):
        yield f"… and {found.missing - len(found.named)} lines more"
    if found.lost:
        yield f"{found.lost} lines are of the time that the post log lost in a roll-back: only this file knows them"
    if not found.missing:
        yield f"the post log says the same; not exported yet: {found.not_exported}"
