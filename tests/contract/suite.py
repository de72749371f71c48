"""The contract suite: every adapter inherits it and must pass it against the sandbox, over real HTTP.

A subclass names its platform and says how to make a channel; everything else has a default. See ``test_twitter``.
"""

import logging
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from syndicator.errors import (
    AuthRequired,
    Duplicate,
    Happened,
    OutcomeUnknown,
    PlatformError,
    SendDeadlinePassed,
    Unreachable,
)
from syndicator.model import Channel, Composed, Credentials, Receipt, Staged
from syndicator.platforms import Adapter, Platform, load
from syndicator.sandbox import Sandbox
from syndicator.sandbox.faults import Fault, Kind, When
from tests.contract.raw import closed_port
from tests.contract.workbench import (
    ALT,
    READ_TIMEOUT,
    WIRE_FAULTS,
    Picture,
    WireFault,
    link_of,
    marker_of,
    now,
    picture,
    publish,
    requests_of,
    shift,
    teaser,
)


class AdapterHooks:
    """What a subclass says about its platform."""

    platform: ClassVar[str]
    """Name of the module under test."""
    remote: ClassVar[str]
    """The sandbox's name of the platform."""
    visible_role: ClassVar[str] = "create"
    """The sandbox's role of the one visible request (``flip`` for publishing by id)."""
    identity: ClassVar[str]
    golden: ClassVar[tuple[str, ...]]
    """Texts exactly at the limit; one more character and the platform refuses."""
    duplicate: ClassVar[bool] = True
    """False: publishing the same staged post twice is harmless."""
    not_permitted: ClassVar[Mapping[str, Any]] = {"status": 401}
    """The fault that a look-up without permission meets."""
    page_size: ClassVar[int] = 100

    def make_channel(self, sandbox: Sandbox, *, api_base: str = "") -> Channel:
        """Make the channel; ``api_base`` overrides the sandbox's. Give it ``read_timeout`` = READ_TIMEOUT."""
        raise NotImplementedError

    def make_credentials(self) -> Credentials:
        raise NotImplementedError

    def prepare_crowd(self, sandbox: Sandbox) -> None:
        """Lift limits that would stop publishing more than a page of posts."""

    # --- what the tests use

    @property
    def module(self) -> Platform:
        return load(self.platform)

    def compose(
        self,
        sandbox: Sandbox,
        number: int = 1,
        *,
        text: str = "",
        link: str | None = None,
        pictures: tuple[Picture, ...] = (),
    ) -> Composed:
        channel, marker = self.make_channel(sandbox), marker_of(number)
        value = teaser(
            self.module.capabilities(channel),
            platform=self.platform,
            text=text or "Council agrees on “night trains” & ferries",
            link=link_of(marker) if link is None else link,
            pictures=pictures,
        )
        return self.module.compose(channel, value, marker)

    def stage(self, adapter: Adapter, composed: Composed, *pictures: Picture, earlier: Staged | None = None) -> Staged:
        return adapter.stage(composed, {item.media.sha256: item.data for item in pictures}.__getitem__, earlier)

    def staged(self, adapter: Adapter, sandbox: Sandbox, number: int = 1) -> Staged:
        return self.stage(adapter, self.compose(sandbox, number))

    def published(self, adapter: Adapter, sandbox: Sandbox, number: int = 1) -> Receipt:
        receipt = adapter.publish(self.staged(adapter, sandbox, number), lambda: None)
        assert isinstance(receipt, Receipt)
        return receipt

    def live(self, sandbox: Sandbox) -> list[Any]:
        return list(sandbox.state.posts(self.remote))

    def visible_requests(self, sandbox: Sandbox) -> int:
        return len(requests_of(sandbox, self.remote, self.visible_role))

    def order(self, sandbox: Sandbox, **fault: Any) -> None:
        """Order a fault for the visible request (or another ``role``)."""
        sandbox.state.faults.add(Fault(platform=self.remote, **{"role": self.visible_role, **fault}))

    @pytest.fixture
    def adapter(self, sandbox: Sandbox) -> Iterator[Adapter]:
        adapter = self.module.connect(self.make_channel(sandbox), self.make_credentials())
        yield adapter
        adapter.close()


class PublishContract(AdapterHooks):
    """Who we are, what staging leaves, and one request = one post."""

    def test_identity(self, adapter: Adapter) -> None:
        who = adapter.whoami()
        assert who.remote_id == self.identity
        assert who.name

    def test_revoked_token(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        sandbox.state.switches = sandbox.state.switches.changed(**{f"{self.remote}_revoked": True})
        with pytest.raises(AuthRequired):
            adapter.whoami()
        with pytest.raises(AuthRequired):
            adapter.publish(staged, lambda: None)
        assert self.live(sandbox) == []

    def test_golden_counts(self, adapter: Adapter, sandbox: Sandbox) -> None:
        for number, text in enumerate(self.golden):
            fits = self.stage(adapter, self.compose(sandbox, number, text=text, link=""))
            assert isinstance(adapter.publish(fits, lambda: None), Receipt)
            with pytest.raises(PlatformError) as refused:
                adapter.publish(
                    self.stage(adapter, self.compose(sandbox, number, text="a" + text, link="")), lambda: None
                )
            assert refused.value.happened is Happened.NO
            assert not refused.value.wait_helps
        assert [post.text for post in self.live(sandbox)] == list(self.golden)

    def test_compose_is_pure_and_repeatable(self, sandbox: Sandbox) -> None:
        assert self.compose(sandbox) == self.compose(sandbox)
        assert requests_of(sandbox, self.remote) == []

    def test_stage_shows_nothing(self, adapter: Adapter, sandbox: Sandbox) -> None:
        image = picture()
        self.stage(adapter, self.compose(sandbox, pictures=(image,)), image)
        assert self.live(sandbox) == []
        assert self.visible_requests(sandbox) == 0

    def test_stage_again_uses_what_is_there(self, adapter: Adapter, sandbox: Sandbox) -> None:
        image = picture()
        composed = self.compose(sandbox, pictures=(image,))
        earlier = self.stage(adapter, composed, image)
        before = len(requests_of(sandbox, self.remote, "stage"))
        assert before > 0
        assert self.stage(adapter, composed, image, earlier=earlier) == earlier
        assert len(requests_of(sandbox, self.remote, "stage")) == before

    def test_r6_publish_is_one_request_and_one_post(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        before = len(requests_of(sandbox, self.remote))
        receipt = adapter.publish(staged, lambda: None)
        assert len(requests_of(sandbox, self.remote)) == before + 1
        assert isinstance(receipt, Receipt)
        (post,) = self.live(sandbox)
        assert receipt.remote_id == post.id
        assert receipt.remote_url.startswith("https://")
        assert receipt.platform_at is not None

    def test_picture_arrives_with_its_alternative_text(self, adapter: Adapter, sandbox: Sandbox) -> None:
        image = picture()
        staged = self.stage(adapter, self.compose(sandbox, pictures=(image,)), image)
        adapter.publish(staged, lambda: None)
        ((arrived,),) = [post.media for post in self.live(sandbox)]
        assert arrived.data == image.data
        assert arrived.alt == ALT

    def test_same_words_again(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        adapter.publish(staged, lambda: None)
        if self.duplicate:
            with pytest.raises(Duplicate) as refused:
                adapter.publish(staged, lambda: None)
            assert refused.value.happened is Happened.MAYBE
        else:
            adapter.publish(staged, lambda: None)
        assert len(self.live(sandbox)) == 1

    def test_withdraw_twice(self, adapter: Adapter, sandbox: Sandbox) -> None:
        receipt = self.published(adapter, sandbox)
        adapter.withdraw(receipt)
        assert self.live(sandbox) == []
        adapter.withdraw(receipt)


class WireContract(AdapterHooks):
    """One logical send is one body on the wire, and the error never says "no" while the post is live."""

    @pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
    @pytest.mark.parametrize("fault", WIRE_FAULTS, ids=lambda fault: fault.name)
    def test_wire_fault(self, adapter: Adapter, sandbox: Sandbox, fault: WireFault, when: When) -> None:
        staged = self.staged(adapter, sandbox)
        fault.order(sandbox, platform=self.remote, role=self.visible_role, when=when)
        outcome = publish(adapter, staged)
        assert self.visible_requests(sandbox) == 1
        assert isinstance(outcome.error, OutcomeUnknown), outcome
        assert outcome.error.happened is Happened.MAYBE
        expected = 1 if when is When.AFTER or fault.kind is Kind.SLOW else 0
        self.wait_for_posts(sandbox, expected)

    def wait_for_posts(self, sandbox: Sandbox, expected: int) -> None:
        for _ in range(200):
            if len(self.live(sandbox)) == expected:
                return
            time.sleep(0.01)
        assert len(self.live(sandbox)) == expected

    def test_refused_connection(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        base = f"http://127.0.0.1:{closed_port()}"
        dead = self.module.connect(self.make_channel(sandbox, api_base=base), self.make_credentials())
        with pytest.raises(Unreachable) as error:
            dead.publish(staged, lambda: None)
        assert error.value.happened is Happened.NO
        with pytest.raises(Unreachable):
            dead.whoami()
        assert self.visible_requests(sandbox) == 0

    def test_guard_stops_before_the_first_byte(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        before = len(requests_of(sandbox, self.remote))

        def too_late() -> None:
            raise SendDeadlinePassed("too late", platform=self.platform)

        with pytest.raises(SendDeadlinePassed):
            adapter.publish(staged, too_late)
        assert len(requests_of(sandbox, self.remote)) == before
        assert publish(adapter, staged).receipt is not None

    def test_server_closing_idle_connections_costs_nothing(self, adapter: Adapter, sandbox: Sandbox) -> None:
        adapter.whoami()
        self.order(sandbox, kind=Kind.DROP, role="read")
        with pytest.raises(Unreachable):
            adapter.whoami()
        assert publish(adapter, self.staged(adapter, sandbox)).receipt is not None
        assert self.visible_requests(sandbox) == 1

    @pytest.mark.parametrize("fault", WIRE_FAULTS, ids=lambda fault: fault.name)
    def test_reading_through_a_fault_is_safe_to_repeat(
        self, adapter: Adapter, sandbox: Sandbox, fault: WireFault
    ) -> None:
        fault.order(sandbox, platform=self.remote, role="read", when=When.BEFORE)
        with pytest.raises(Unreachable):
            adapter.whoami()
        assert adapter.whoami().remote_id == self.identity


class LookUpContract(AdapterHooks):
    """A look-up finds what is there, and calls nothing absent that it has not proven absent (R11, R12)."""

    def test_r12_found_by_marker(self, adapter: Adapter, sandbox: Sandbox) -> None:
        since = now(sandbox)
        self.published(adapter, sandbox, 2)
        receipt = self.published(adapter, sandbox, 1)
        found = adapter.find(self.staged(adapter, sandbox, 1), since)
        assert [hit.remote_id for hit in found.hits] == [receipt.remote_id]
        assert found.permitted
        assert found.platform_at is not None

    def test_absent_and_complete(self, adapter: Adapter, sandbox: Sandbox) -> None:
        since = now(sandbox)
        self.published(adapter, sandbox, 2)
        look = adapter.find(self.staged(adapter, sandbox, 1), since)
        assert look.hits == ()
        assert (look.complete, look.permitted, look.seen) == (True, True, 1)
        assert abs((look.platform_at or since) - since) < timedelta(seconds=5)

    def test_lag_hides_and_shows(self, adapter: Adapter, sandbox: Sandbox) -> None:
        since = now(sandbox)
        sandbox.state.lags[self.remote] = 60
        self.published(adapter, sandbox)
        staged = self.staged(adapter, sandbox)
        assert adapter.find(staged, since).hits == ()
        shift(sandbox, timedelta(seconds=90))
        assert len(adapter.find(staged, since).hits) == 1

    def crowd(self, adapter: Adapter, sandbox: Sandbox) -> Staged:
        """Publish ours, then a page and a half of others."""
        self.prepare_crowd(sandbox)
        for number in range(1, self.page_size * 3 // 2):
            self.published(adapter, sandbox, number)
        return self.staged(adapter, sandbox, 1)

    def test_paging(self, adapter: Adapter, sandbox: Sandbox) -> None:
        since = now(sandbox)
        ours = self.crowd(adapter, sandbox)
        look = adapter.find(ours, since)
        assert len(look.hits) == 1
        assert look.complete
        assert look.seen == self.page_size * 3 // 2 - 1
        absent = self.staged(adapter, sandbox, 9_999)
        self.order(sandbox, kind=Kind.REPEAT, role="read", times=0)
        assert not adapter.find(absent, since).complete
        sandbox.state.faults.clear()
        self.order(sandbox, kind=Kind.DROP, role="read", skip=1)
        with pytest.raises(Unreachable):
            adapter.find(absent, since)

    def test_r11_cached_answer_proves_nothing(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        self.order(sandbox, kind=Kind.HEADERS, role="read", headers={"Age": "120"})
        look = adapter.find(staged, now(sandbox))
        assert not look.complete
        assert look.note

    @pytest.mark.parametrize("date", ["missing", "garbage"])
    def test_answer_without_a_date_proves_nothing(self, adapter: Adapter, sandbox: Sandbox, date: str) -> None:
        staged, since = self.staged(adapter, sandbox), now(sandbox)
        sandbox.state.clock.date = date
        look = adapter.find(staged, since)
        assert look.platform_at is None or not look.complete

    def test_not_permitted(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        self.order(sandbox, kind=Kind.STATUS, role="read", **self.not_permitted)
        look = adapter.find(staged, now(sandbox))
        assert (look.permitted, look.complete, look.hits) == (False, False, ())

    def test_unreadable_is_not_absent(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        for fault in WIRE_FAULTS:
            fault.order(sandbox, platform=self.remote, role="read", when=When.BEFORE)
            with suppress(Unreachable):
                assert not adapter.find(staged, now(sandbox)).complete, fault.name


class SecretsContract(AdapterHooks):
    """No credential in any message, repr, traceback or log record, whatever the platform says."""

    def test_no_secret_anywhere(self, adapter: Adapter, sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        secrets = self.make_credentials().secrets()
        echo = "; ".join(secrets)
        bodies = {"title": "No", "detail": echo, "error": {"message": echo, "code": 100, "errors": [{"message": echo}]}}
        said = [repr(adapter), repr(self.make_credentials()), repr(self.make_channel(sandbox))]
        staged = self.staged(adapter, sandbox)
        faults: list[dict[str, Any]] = [
            {"kind": Kind.STATUS, "status": status, "body": bodies} for status in (400, 401, 403, 429, 503)
        ]
        for fault in [*faults, {"kind": Kind.DROP}, {"kind": Kind.TRUNCATE}, {"kind": Kind.TIMEOUT, "delay": 1}]:
            self.order(sandbox, **fault)
            said += self.say(lambda: adapter.publish(staged, lambda: None))
            self.order(sandbox, **fault, role="read")
            said += self.say(adapter.whoami)
            sandbox.state.faults.clear()
        said += [record.getMessage() for record in caplog.records] + [caplog.text]
        leaks = [(secret, text) for secret in secrets for text in said if secret in text]
        assert leaks == []

    def say(self, act: Any) -> list[str]:
        try:
            return [repr(act())]
        except PlatformError as error:
            return [str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))]


class AdapterContract(PublishContract, WireContract, LookUpContract, SecretsContract):
    """The whole contract."""


__all__ = ["READ_TIMEOUT", "AdapterContract"]
