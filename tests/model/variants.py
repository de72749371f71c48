"""The cases: safe ones for each way of settling, and for each rule what happens without it."""

from dataclasses import dataclass
from typing import Any

from tests.model.search import DUP, FALSEREJECT, PHANTOM, STUCK, UNASKED, UNHEEDED
from tests.model.setup import Accepts, Journal, Mode, Person, Rollback, Setup

UNBOUNDED: dict[str, Any] = {"deadline": None, "pause": None, "network": None, "queue": None, "lag": None}
STRICT: dict[str, Any] = {"mode": Mode.STRICT, "window": 1, **UNBOUNDED}
"""Nothing is bounded: the window may be as short as it likes."""
FLIP: dict[str, Any] = {"mode": Mode.FLIP, "window": 0, **UNBOUNDED}
RESEND: dict[str, Any] = {"mode": Mode.RESEND}
SIGNED: dict[str, Any] = {**RESEND, "pause": None, "network": None, "signature": 1}
HANDED: dict[str, Any] = {**STRICT, "reads": False, "accepts": Accepts.PERSON}
FINISHED_LATER: dict[str, Any] = {**STRICT, "accepts": Accepts.PLATFORM}
LOST: dict[str, Any] = {"rollback": Rollback.QUARANTINED}
"""Commits are lost, and whoever notices puts the log in quarantine."""
ALONE: dict[str, Any] = {"workers": 1, "requests": 1}
"""A small scope, for what one worker shows."""
ROWS: dict[str, Any] = {**LOST, "planned": False, "depth": 4}
"""The very row may be lost, and the feed is read again."""
BACKUP: dict[str, Any] = {**ROWS, "restart": True, "journal": Journal.ALONE}
"""An old file is put back while nobody runs; only the journal knows."""

NOT_EXPRESSED = {
    "R19": "that running a job 0, 1 or 10 times is all the same is how every step here works: there is no job",
    "R22": "what a post says is not in the model; that nothing goes out without an approval is checked (UNASKED)",
}
"""Rules that no variant can switch off, and why."""
AT_THE_START = frozenset({"R14 claim", "R14 fence"})
NOT_NEEDED = {
    "R14 claim": "a claim may overlook a loss, as its fence asks once more; without both it is a DUP",
    "R16 receipts": "without late receipts there is only more to look up; what R16 says of late look-ups is needed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One case and its verdict: what it breaks; nothing means that it is safe."""

    name: str
    says: str
    setup: Setup
    breaks: tuple[str, ...] = ()
    big: bool = False

    @property
    def rule(self) -> str:
        """The rule that is off; empty for a safe variant."""
        return self.name.split()[0] if self.breaks else ""


def _safe(name: str, says: str, *, big: bool = False, **setup: Any) -> Variant:
    return Variant(name=name, says=says, setup=Setup(**setup), big=big)


def _broken(name: str, says: str, *breaks: str, off: str | None = "", **setup: Any) -> Variant:
    """Make a variant without rule ``off``: by default the one it is named after; None when the setup says it all."""
    rules = setup.pop("more", frozenset()) if off is None else frozenset({off or name})
    return Variant(name=name, says=says, breaks=breaks, setup=Setup(off=rules, **setup))


SAFE = (
    _safe("STRICT", "nothing bounded, a person answers", **STRICT, person=Person.RIGHT),
    _safe("STRICT three workers", "nothing bounded", **STRICT, workers=3, person=Person.RIGHT),
    _safe("STRICT no reads", "the platform does not let us look", **STRICT, reads=False, person=Person.RIGHT),
    _safe("STRICT rollback", "lost commits, quarantined", **STRICT, **LOST),
    _safe("STRICT rows lost", "rows are lost and planned anew", **STRICT, **ROWS),
    _safe("STRICT restore", "an old backup comes back, quarantined, a person answers",
          **STRICT, rollback=Rollback.QUARANTINED, restart=True, person=Person.RIGHT),
    _safe("RESEND", "dead-line, settle window, look-ups, a person answers", **RESEND, person=Person.RIGHT),
    _safe("RESEND three attempts", "one of them not sent", **RESEND, attempts=3),
    _safe("RESEND signature", "pause and network unbounded, the platform refuses old signatures", **SIGNED),
    _safe("RESEND rollback", "a lost commit, quarantined", **RESEND, **LOST, depth=1, requests=2, queue=0),
    _safe("RESEND restore", "an old backup comes back, rows are lost, a person approves",
          **RESEND, **ROWS | {"restart": True}, workers=1, person=Person.RIGHT),
    _safe("FLIP", "staged, then published by id; every delay unbounded", **FLIP, person=Person.RIGHT),
    _safe("FLIP three workers", "every delay unbounded", **FLIP, workers=3),
    _safe("FLIP eager person", "a person says 'send again' whatever is under way",
          **FLIP, attempts=3, person=Person.EAGER),
    _safe("FLIP rollback", "lost commits, quarantined", **FLIP, rollback=Rollback.QUARANTINED),
    _safe("FLIP rows lost", "rows are lost and planned anew", **FLIP, **ROWS | {"depth": 3}, requests=1),
    _safe("FLIP given up", "a draft was given up for another one, and that was lost; a person answers",
          **FLIP, **LOST, **ALONE, depth=6, person=Person.RIGHT),
    _safe("processing", "the platform finishes the post later", **FINISHED_LATER, person=Person.RIGHT),
    _safe("processing rollback", "lost commits, quarantined",
          **FINISHED_LATER, **LOST, workers=1, requests=2, person=Person.RIGHT),
    _safe("hand-off", "a person posts and confirms in one go", **HANDED, person=Person.RIGHT),
    _safe("journal", "nothing but this machine's journal tells that a backup came back",
          **STRICT, **BACKUP),
    _safe("journal FLIP", "nothing but this machine's journal tells that a backup came back",
          **FLIP, **BACKUP, workers=1, requests=2),
    _safe("journal two machines", "one machine's journal is replayed by whoever notices",
          **STRICT, **ROWS | {"depth": 3}, journal=Journal.THERE, machines=2, requests=1),
    _safe("journal late", "the other machine comes back later and replays its journal then",
          **STRICT, **ROWS | {"depth": 3}, journal=Journal.LATE, machines=2, requests=1),
    _safe("halt", "the kill switch is thrown at any moment, and let go again", **STRICT, switch=True),
    _safe("R14 claim", "claims do not ask once more whether commits were lost, fences do",
          **STRICT, **LOST, off=frozenset({"R14 claim"})),
    _safe("R16 receipts", "late receipts are dropped", **RESEND, off=frozenset({"R16 receipts"})),
)  # fmt: skip

BROKEN = (
    _broken("R1", "no intent on record before the request", DUP, **STRICT),
    _broken("R1 fence", "the request is written before the fence is committed", DUP, **STRICT),
    _broken("R2", "a power cut undoes the last commit", DUP, off=None,
            **STRICT, rollback=Rollback.UNNOTICED, restart=True, depth=1),
    _broken("R3", "the answer to COMMIT is lost and the worker goes on", DUP, **STRICT),
    _broken("R4", "no dead-line between fence and write", DUP, **RESEND),
    _broken("R5 pause", "a pause before the write that no signature bounds", DUP, off=None,
            **RESEND | {"pause": None}, window=4),
    _broken("R5 network", "a slow network that no signature bounds", DUP, off=None,
            **RESEND | {"network": None}, window=4),
    _broken("R6", "the HTTP library sends twice", DUP, **STRICT),
    _broken("R7", "a doubtful answer taken as 'not sent'", DUP, **STRICT),
    _broken("R7 success", "a 2xx without an id taken as success", PHANTOM, **STRICT),
    _broken("R8", "a duplicate refusal taken as a refusal", FALSEREJECT, **STRICT),
    _broken("R8 success", "a duplicate refusal taken as success", PHANTOM, **STRICT),
    _broken("R9", "a refusal counts although an earlier attempt is unsettled", FALSEREJECT, **FLIP),
    _broken("R9 drop", "an editor may drop a queued post with an unsettled attempt", FALSEREJECT,
            **FLIP, person=Person.RIGHT),
    _broken("R9 person", "a person's 'send again' settles attempts that may be under way", FALSEREJECT,
            **FLIP, attempts=3, person=Person.EAGER),
    _broken("R10 none", "one look-up, no settle window", DUP, off=None, **RESEND, window=0),
    _broken("R10 short", "the settle window is one tick too short", DUP, off=None, **RESEND, window=3),
    _broken("R10 clock", "the settle window runs on our clock, which jumps", DUP, **RESEND),
    _broken("R11", "an incomplete look-up counts", DUP, **RESEND),
    _broken("R11 since", "the time line is read from our claim's clock, which ran ahead", DUP, **RESEND, requests=2),
    _broken("R12", "somebody else's post is taken for ours", PHANTOM, **STRICT),
    _broken("R13", "tokens are counters, used again after lost commits", DUP,
            **STRICT, rollback=Rollback.QUARANTINED, person=Person.RIGHT),
    _broken("R14", "the database fails over and loses commits unnoticed", DUP, off=None,
            **STRICT, rollback=Rollback.UNNOTICED),
    _broken("R14 claims", "after a fail-over only claims are stopped", FALSEREJECT,
            off=None, **STRICT, rollback=Rollback.HALTED),
    _broken("R14 accepted", "a person accepts the fail-over, nothing is quarantined", DUP,
            off=None, **STRICT, **ALONE, rollback=Rollback.HALTED, person=Person.HASTY),
    _broken("R14 start", "only the start of a round asks whether commits were lost", DUP, off=None,
            **STRICT, **LOST, more=AT_THE_START),
    _broken("R14 fence", "a fence does not ask once more: an attempt that slept wakes up", DUP, **STRICT, **ROWS),
    _broken("R14 expire", "what seems stale is skipped before anybody looked whether commits were lost", FALSEREJECT,
            **STRICT, **LOST),
    _broken("R14 drop", "a person drops a post before anybody looked whether commits were lost", FALSEREJECT,
            **STRICT, **LOST, person=Person.RIGHT),
    _broken("R14 admission", "rows are lost, planned anew, and nobody looks first", DUP, **STRICT, **ROWS),
    _broken("R14 held", "the quarantine leaves out held posts: their approval was lost", DUP,
            **STRICT, **LOST, **ALONE, person=Person.RIGHT),
    _broken("R14 rejected", "the quarantine leaves out rejected posts: their retry was lost", DUP,
            **STRICT, **LOST, **ALONE, depth=3, person=Person.RIGHT),
    _broken("R14 attention", "the quarantine leaves out posts that need a person: their answer was lost", DUP,
            **STRICT, **LOST, **ALONE, person=Person.HASTY),
    _broken("R14 approval", "absence in quarantine sends a held post that nobody approved", UNASKED,
            **RESEND, **ROWS | {"restart": True}, workers=1, person=Person.RIGHT),
    _broken("R14 recover", "a dead worker is taken over before anybody looked whether commits were lost", DUP,
            **FLIP, **LOST, **ALONE, depth=6, person=Person.RIGHT),
    _broken("R14 repeat", "a draft that may have been given up is published by its id", DUP,
            **FLIP, **LOST, **ALONE, depth=6, person=Person.RIGHT),
    _broken("R14 since", "look-ups in quarantine read back to the last commit by a clock that ran ahead", DUP,
            **RESEND, **LOST, workers=1, requests=2),
    _broken("R14 window", "the quarantine does not restart the settle window", DUP,
            **RESEND, **LOST, depth=3, workers=1, requests=2),
    _broken("R14 staged", "in quarantine a draft is staged anew although none is on record", DUP,
            **FLIP, **LOST, workers=1, requests=2),
    _broken("R15", "an old backup comes back unnoticed: the journal is gone with its machine", DUP, off=None,
            **FLIP, rollback=Rollback.UNNOTICED, restart=True),
    _broken("R15 journal", "two machines replay one journal and call that enough", DUP, off=None,
            **STRICT, **ALONE, rollback=Rollback.REPLAYED, journal=Journal.THERE, machines=2),
    _broken("R15 elsewhere", "not promised: nothing but another machine's journal tells, and it is not asked", DUP,
            off=None, **STRICT, **ROWS, **ALONE, journal=Journal.ALONE, machines=2),
    _broken("R15 claimed", "the journal's attempts count as known once they are claimed, fenced or not", DUP,
            **STRICT, **BACKUP),
    _broken("R15 after", "the journal is written after the request", DUP, **STRICT, **BACKUP),
    _broken("R16", "a look-up counts in a later doubt than its own", DUP, **RESEND, attempts=3, requests=2),
    _broken("R16 expiry", "a stale post is skipped although it was sent meanwhile", FALSEREJECT, off="R16", **FLIP),
    _broken("R17", "every attempt publishes a draft of its own", DUP, **FLIP),
    _broken("R18", "the platform shows drafts", DUP, **FLIP),
    _broken("R20", "a lease that ran out proves that nothing was sent", DUP, **STRICT),
    _broken("R20 nobody", "nobody takes over from a worker that died", STUCK, **STRICT),
    _broken("R21 unclean", "a stale post is skipped although an attempt is unsettled", FALSEREJECT, off="R21", **FLIP),
    _broken("R21 processing", "what the platform is finishing is skipped as stale", FALSEREJECT, **FINISHED_LATER),
    _broken("R23", "a lost post log is silently a new one", DUP,
            **STRICT, rollback=Rollback.UNNOTICED, restart=True),
    _broken("halt guard", "the kill switch is asked at the claim only", UNHEEDED, **STRICT, switch=True),
    _broken("A1 queue", "not promised: the platform applies a request however late", DUP, off=None,
            **RESEND | {"queue": None}, window=4),
    _broken("A2 lag", "not promised: a live post stays invisible for ever", DUP, off=None,
            **RESEND | {"lag": None}, window=4),
    _broken("person", "not promised: a person answers before everything has landed", DUP, off=None,
            **STRICT, person=Person.HASTY),
    _broken("hand-off late", "not promised: a person posts, and confirms after the post went stale", FALSEREJECT,
            off=None, **HANDED, person=Person.HASTY),
)  # fmt: skip

BIG = (
    _safe("RESEND three workers", "every interleaving of three", **RESEND, workers=3, big=True),
    _safe("RESEND long delays", "three attempts, a person answers", **RESEND, attempts=3, deadline=2, network=2, lag=2,
          person=Person.RIGHT, big=True),
    _safe("RESEND two rollbacks", "up to three commits each, quarantined", **RESEND, attempts=3, depth=3, rollbacks=2,
          rollback=Rollback.QUARANTINED, big=True),
    _safe("RESEND signature rollback", "a person answers", **SIGNED, rollback=Rollback.QUARANTINED,
          person=Person.RIGHT, big=True),
    _safe("STRICT two rollbacks", "up to three commits each, a person answers", **STRICT, depth=3, rollbacks=2,
          requests=2, rollback=Rollback.QUARANTINED, person=Person.RIGHT, big=True),
    _safe("FLIP rollback answered", "lost commits, quarantined, a person answers", **FLIP,
          rollback=Rollback.QUARANTINED, person=Person.RIGHT, big=True),
    _safe("FLIP given up, two workers", "a draft was given up for another one, and that was lost", **FLIP, **LOST,
          depth=6, requests=2, person=Person.RIGHT, big=True),
    _safe("STRICT rows lost twice", "rows are lost, twice, and a person answers", **STRICT, **ROWS, **ALONE,
          rollbacks=2, person=Person.RIGHT, big=True),
    _safe("RESEND rows lost", "rows are lost and planned anew, a person approves", **RESEND, **ROWS, requests=2,
          person=Person.RIGHT, big=True),
    _safe("journal late answered", "a journal comes back late, a person answers", **STRICT, **ROWS,
          journal=Journal.LATE, machines=2, person=Person.RIGHT, big=True),
    _safe("FLIP large", "three workers, three attempts, a person answers", **FLIP, workers=3, attempts=3,
          person=Person.RIGHT, big=True),
    _safe("FLIP two rollbacks", "up to three commits each, three attempts", **FLIP, attempts=3, depth=3, rollbacks=2,
          rollback=Rollback.QUARANTINED, big=True),
)  # fmt: skip

FAST = (*SAFE, *BROKEN)
EVERY = (*FAST, *BIG)
