"""The subscriber's side of WebSub (https://www.w3.org/TR/websub/, read 2026): ask hubs, answer when they verify, judge
what they bring. Polling goes on whatever a hub does.

A hub is asked through the reading session and its guard against inner addresses (X16); it is never a platform.
"""

import asyncio
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from multidict import CIMultiDictProxy, MultiMapping
from yarl import URL

from syndicator import sources
from syndicator.errors import SourceError, StoreError
from syndicator.model import Source
from syndicator.push import lease
from syndicator.push.lease import Step
from syndicator.push.signature import STRONG, is_signed
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.settings.push import Push
from syndicator.settings.values import is_private
from syndicator.sources._fetch import Fetcher
from syndicator.store import subscriptions
from syndicator.store.subscriptions import Standing, Subscription

log = structlog.get_logger("syndicator.push")

PATH = "websub"
SIGNATURE = "X-Hub-Signature"
CHALLENGE_BYTES = 1024
LOOK = 10.0
"""Seconds between looks at what subscriptions need."""
TELL_AFTER = 3
"""So many failures in a row until a person hears of it: news is found by polling meanwhile."""
AT_ONCE = 10
"""Hubs that are asked at the same time."""
NOTED = timedelta(minutes=1)
"""How often the time of the last push is written down."""


class Subscriber:
    """All subscriptions. Used from one event loop; ``fetcher`` is the caller's to close."""

    def __init__(self, parts: Parts, push: Push, *, fetcher: Fetcher) -> None:
        self._parts = parts
        self._push = push
        self._fetcher = fetcher
        self._sources = {source.name: source for source in parts.sources if source.websub}
        self._methods: Collection[str] = STRONG | {"sha1"} if push.sha1 else STRONG
        self._failures: dict[str, int] = {}
        """Times in a row that a hub was asked and did not answer, by source."""
        self._told: set[str] = set()
        self._sought: dict[str, datetime] = {}
        self._noted: dict[str, datetime] = {}

    # --- asking -----------------------------------------------------------------------------------------------------

    async def keep(self) -> None:
        """Do what subscriptions need, until cancelled."""
        while True:
            try:
                await self.round()
            except StoreError as error:
                log.warning("subscriptions not looked at", error=str(error))
            await asyncio.sleep(LOOK)

    async def round(self) -> None:
        """Look once at all sources and do what is to be done.

        Raises:
            StoreError: the post log cannot be read.
        """
        places = asyncio.Semaphore(AT_ONCE)

        async def one(name: str, step: Step) -> None:
            async with places:
                await self._do(name, step)

        steps = await asyncio.to_thread(self._steps)
        await asyncio.gather(*(one(name, step) for name, step in steps.items()))

    def _steps(self) -> dict[str, Step]:
        with self._parts.store.read() as conn:
            hubs = subscriptions.hubs(conn)
            known = {one.source: one for one in subscriptions.everything(conn)}
        found = {name: self._step(name, known.get(name), hubs.get(name, "")) for name in sorted(hubs.keys() | known)}
        return {name: step for name, step in found.items() if step is not Step.NONE}

    def _step(self, name: str, known: Subscription | None, hub: str) -> Step:
        now = self._parts.clock.now()
        wanted = name in self._sources and bool(self._push.public_url)
        return lease.step(known, hub=hub, wanted=wanted, now=now, failures=self._failures.get(name, 0))

    async def _do(self, name: str, step: Step) -> None:
        try:
            topic = await self._topic(self._sources[name]) if step is Step.SUBSCRIBE else ""
            asked = await asyncio.to_thread(self._begin, name, step, topic)
        except SourceError as error:
            log.info("hub not found", source=name, error=str(error))
            return
        except StoreError as error:
            log.warning("hub not asked", source=name, error=str(error))
            return
        if asked is not None:
            await self._ask(asked, mode="unsubscribe" if step is Step.END else "subscribe")

    async def _topic(self, source: Source) -> str:
        """Read the source for what its hub calls it: the post log only knows the hub."""
        now = self._parts.clock.now()
        if timedelta(0) <= now - self._sought.get(source.name, now - lease.RETRY_FIRST) < lease.RETRY_FIRST:
            raise SourceError("it could not be read a moment ago", source=source.name)
        self._sought[source.name] = now
        return (await sources.read(source, None, self._fetcher)).topic or source.url

    def _begin(self, name: str, step: Step, topic: str) -> Subscription | None:
        """Write down that the hub is asked, before it is: it may come to verify at once. None if it is not the time
        any more, because another machine was faster.
        """
        now = self._parts.clock.now()
        with self._parts.store.write() as conn:
            known = subscriptions.of_source(conn, name, lock=True)
            hub = subscriptions.hubs(conn).get(name, "")
            if self._step(name, known, hub) is not step:
                return None
            if step is Step.SUBSCRIBE or known is None:
                path, secret = secrets.token_urlsafe(24), secrets.token_hex(32)
                known = Subscription(source=name, hub=hub, topic=topic, path=path, secret=secret, state=Standing.ASKED)
            elif lease.is_pending(known, now):
                self._failures[name] = self._failures.get(name, 0) + 1
                known = replace(known, last_error=known.last_error or "the hub did not come to verify")
            made = replace(known, asked_at=now, state=Standing.ENDED if step is Step.END else known.state)
            subscriptions.save(conn, made)
        return made

    async def _ask(self, asked: Subscription, *, mode: str) -> None:
        source = self._sources.get(asked.source)
        fields = {
            "hub.mode": mode,
            "hub.topic": asked.topic,
            "hub.callback": f"{self._push.public_url}/{PATH}/{asked.path}",
            "hub.secret": asked.secret,
            "hub.lease_seconds": str(int(lease.ASKED_FOR.total_seconds())),
        }
        private = source is not None and source.allow_private
        why = ""
        try:
            status = await self._fetcher.submit(
                _over_tls(asked.hub), fields, allow_private=private, source=asked.source
            )
            if not 200 <= status < 300:
                why = f"the hub answered {status}"
        except SourceError as error:
            why = str(error)
        except ValueError:  # an address that only the feed took for one; the other hubs are still to be asked
            why = "its hub has no web address"
        if mode == "subscribe":
            await asyncio.to_thread(self._asked, asked, why)

    def _asked(self, asked: Subscription, why: str) -> None:
        """Write down how asking went, and tell a person when it does not get better."""
        name = asked.source
        failures = self._failures.get(name, 0)
        if why:
            log.warning("hub not reached", source=name, hub=asked.hub, error=why)
            try:
                with self._parts.store.write() as conn:
                    subscriptions.erred(conn, name, why)
            except StoreError as error:
                log.warning("not written down", source=name, error=str(error))
            failures += 1
        if failures >= TELL_AFTER and name not in self._told:
            # Once until it works again, however long that takes.
            self._told.add(name)
            text = f"source {name}: its hub {asked.hub} does not help ({why or 'it does not come to verify'})"
            text += "; its news is found by polling meanwhile"
            notice = Notice(key=f"hub:{name}", subject="a hub fails", text=text, remedy="syndicator check")
            self._parts.notifier.tell(notice)

    # --- being asked ------------------------------------------------------------------------------------------------

    def verify(self, path: str, query: "MultiMapping[str]") -> bytes | None:
        """Give what to answer a hub that comes to verify (X15); None when we know nothing of it. Blocks.

        Raises:
            StoreError: the answer cannot be written down, so none is given.
        """
        said = {name: values[0] for name in query if len(values := query.getall(name)) == 1}
        challenge = said.get("hub.challenge", "").encode(errors="replace")
        with self._parts.store.read() as conn:
            if subscriptions.at_path(conn, path) is None:
                return None
        with self._parts.store.write() as conn:
            known = subscriptions.at_path(conn, path)
            made = None if known is None else self._answered(known, said)
            if made is None or (said["hub.mode"] != "denied" and not 0 < len(challenge) <= CHALLENGE_BYTES):
                return None
            subscriptions.save(conn, made)
        self._failures.pop(made.source, None)
        self._told.discard(made.source)
        log.info("subscription", source=made.source, hub=made.hub, state=str(made.state), until=str(made.lease_until))
        return b"" if made.state is Standing.DENIED else challenge

    def _answered(self, known: Subscription, said: dict[str, str]) -> Subscription | None:
        """Give the subscription after the hub's word; None when the hub has no business with it."""
        now = self._parts.clock.now()
        asked = lease.is_pending(known, now)
        alive = known.state in (Standing.ASKED, Standing.ACTIVE)
        if said.get("hub.topic") != known.topic:
            return None
        match said.get("hub.mode"):
            case "subscribe" if asked and alive:
                seconds = said.get("hub.lease_seconds", "")
                until = now + lease.granted(int(seconds[:12]) if seconds.isascii() and seconds.isdigit() else None)
                return replace(known, state=Standing.ACTIVE, verified_at=now, lease_until=until, last_error=None)
            case "unsubscribe" if asked and known.state is Standing.ENDED:
                return replace(known, verified_at=now, lease_until=None)
            case "denied" if alive:
                why = "".join(sign for sign in said.get("hub.reason", "")[:200] if sign.isprintable())
                return replace(known, state=Standing.DENIED, asked_at=now, last_error=f"the hub refused: {why}")
            case _:
                return None

    # --- being told -------------------------------------------------------------------------------------------------

    def of(self, path: str) -> Subscription | None:
        """Give the subscription at ``path``. Blocks.

        Raises:
            StoreError: the post log cannot be read.
        """
        with self._parts.store.read() as conn:
            return subscriptions.at_path(conn, path)

    def believes(self, known: Subscription, headers: CIMultiDictProxy[str], body: bytes) -> bool:
        """Say whether the hub signed what it brings."""
        said = headers.getall(SIGNATURE, ())
        if known.state is not Standing.ACTIVE or len(said) != 1:
            return False
        return is_signed(said[0], body, known.secret.encode(), methods=self._methods)

    async def note(self, name: str) -> None:
        """Write down, once in a while, that the hub brought something."""
        now = self._parts.clock.now()
        if timedelta(0) <= now - self._noted.get(name, datetime.min.replace(tzinfo=now.tzinfo)) < NOTED:
            return
        self._noted[name] = now
        try:
            await asyncio.to_thread(self._note, name, now)
        except StoreError as error:
            log.warning("push not noted", source=name, error=str(error))

    def _note(self, name: str, now: datetime) -> None:
        with self._parts.store.hasty().write() as conn:
            subscriptions.pushed(conn, name, now)


def _over_tls(hub: str) -> str:
    """Give the hub's address over TLS, as the secret goes there, unless it is on a network of our own."""
    return hub if is_private(hub) else str(URL(hub).with_scheme("https"))
