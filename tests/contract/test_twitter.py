"""X's adapter under the contract, its error table, its look-up, and its requests against X's own OpenAPI document."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from syndicator.core.text import measure
from syndicator.errors import (
    AuthRequired,
    ComposeError,
    ConfigError,
    Duplicate,
    Happened,
    OutcomeUnknown,
    OutOfBudget,
    PlatformError,
    RateLimited,
    Rejected,
    Unreachable,
)
from syndicator.model import Channel, Counting, Credentials, Pending, Receipt
from syndicator.platforms import Adapter, load
from syndicator.sandbox import Sandbox, accounts
from syndicator.sandbox.faults import Kind, When
from tests.contract.suite import READ_TIMEOUT, AdapterContract, AdapterHooks
from tests.contract.workbench import link_of, marker_of, now, picture, publish, requests_of, shift

HOUR = timedelta(hours=1)
SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


class TwitterHooks(AdapterHooks):
    platform = "twitter"
    remote = "x"
    identity = accounts.X["user_id"]
    golden = (
        "a" * 280,
        "ž" * 280,
        "ニュース" * 35,
        "👨‍👩‍👧‍👦" * 140,
        "“Quotes” cost one – the euro € and … cost two".ljust(278, "x"),
        "x" * 256 + " https://www.eutoday.net/" + "y" * 300,
        "x" * 256 + " Booking.com",
    )

    def make_channel(self, sandbox: Sandbox, *, api_base: str = "", **options: str) -> Channel:
        return Channel(
            name="desk",
            platform="twitter",
            account="@" + accounts.X["username"],
            api_base=api_base or sandbox.urls.x,
            options={"read_timeout": str(READ_TIMEOUT), **options},
        )

    def make_credentials(self) -> Credentials:
        return Credentials({name: accounts.X[name] for name in SECRETS})

    def prepare_crowd(self, sandbox: Sandbox) -> None:
        sandbox.state.switches = sandbox.state.switches.changed(x_post_limit=10_000)


class TestTwitter(TwitterHooks, AdapterContract):
    """The inherited contract."""


class TestTwitterItself(TwitterHooks):
    """What only X has."""

    @pytest.mark.parametrize(
        ("preset", "error", "wait"),
        [
            ("400", Rejected, None),
            ("401", AuthRequired, None),
            ("401-32", AuthRequired, None),
            ("401-135", AuthRequired, None),
            ("402", OutOfBudget, None),
            ("402-new", OutOfBudget, None),
            ("403", Rejected, None),
            ("403-duplicate", Duplicate, None),
            ("403-187", Duplicate, None),
            ("403-cashtag", Rejected, None),
            ("403-url", Rejected, None),
            ("403-185", RateLimited, 3 * HOUR),
            ("403-html", Unreachable, HOUR / 2),
            ("spend-cap", OutOfBudget, None),
            ("usage-capped", OutOfBudget, None),
            ("not-enrolled", AuthRequired, None),
            ("suspended", AuthRequired, None),
            ("404", OutcomeUnknown, None),
            ("429", RateLimited, HOUR / 4),
            ("429-24h", RateLimited, 12 * HOUR),
            ("429-none", RateLimited, HOUR / 4),
            ("429-past", RateLimited, HOUR / 4),
            ("429-retry-after", RateLimited, timedelta(minutes=2)),
        ],
    )
    def test_error_table(
        self, adapter: Adapter, sandbox: Sandbox, preset: str, error: type[PlatformError], wait: timedelta | None
    ) -> None:
        staged = self.staged(adapter, sandbox)
        self.order(sandbox, kind=Kind.STATUS, name=preset)
        outcome = publish(adapter, staged)
        assert type(outcome.error) is error, outcome
        assert outcome.error is not None
        assert abs((outcome.error.retry_after or timedelta(0)) - (wait or timedelta(0))) < timedelta(seconds=3)
        assert outcome.error.http_status == int(preset.split("-", maxsplit=1)[0]) if preset[0] == "4" else True
        assert outcome.error.platform_at is not None
        assert self.visible_requests(sandbox) == 1

    @pytest.mark.parametrize("reset", ["soon", "", "-5", "99999999999999", "0", "1e9", "２２"])
    def test_an_odd_reset_neither_spins_nor_waits_for_ever(
        self, adapter: Adapter, sandbox: Sandbox, reset: str
    ) -> None:
        staged = self.staged(adapter, sandbox)
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset.encode().decode("latin-1")}
        self.order(sandbox, kind=Kind.STATUS, status=429, headers=headers)
        error = publish(adapter, staged).error
        assert isinstance(error, RateLimited)
        assert error.retry_after is not None
        assert HOUR / 4 <= error.retry_after <= 24 * HOUR

    @pytest.mark.parametrize(
        "body", ["", "null", "[1]", '"x"', '{"errors":null,"detail":null}', '{"errors":[1,{"code":"x"}]}']
    )
    @pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 418, 429, 500])
    def test_odd_error_bodies_are_classified_by_status(
        self, adapter: Adapter, sandbox: Sandbox, status: int, body: str
    ) -> None:
        staged = self.staged(adapter, sandbox)
        self.order(sandbox, kind=Kind.STATUS, status=status, body=body)
        error = publish(adapter, staged).error
        assert error is not None
        assert (error.happened is Happened.MAYBE) == (status in {404, 418, 500})

    def test_the_credentials_door_sees_a_stale_signature(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        shift(sandbox, timedelta(minutes=20))
        error = publish(adapter, staged).error
        assert isinstance(error, AuthRequired)
        assert error.code == "135"

    def test_bytes_are_the_same_in_every_attempt(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        for _ in range(3):
            self.order(sandbox, kind=Kind.STATUS, status=503)
            publish(adapter, staged)
        assert len({row["body_sha256"] for row in requests_of(sandbox, "x", "create")}) == 1

    # --- compose

    def test_price_counts_every_kind_of_link(self, sandbox: Sandbox) -> None:
        plain = self.compose(sandbox, text="Ministers meet; U.S. and Node.js unmoved", link="")
        assert plain.cost == Decimal("0.015")
        assert self.compose(sandbox).cost == Decimal("0.200")
        assert self.compose(sandbox, text="Booking.com fined", link="").cost == Decimal("0.200")
        assert self.compose(sandbox, pictures=(picture(),)).cost == Decimal("0.205")
        assert plain.request == {"text": "Ministers meet; U.S. and Node.js unmoved"}

    def test_compose_refuses_the_impossible(self, sandbox: Sandbox) -> None:
        with pytest.raises(ComposeError, match="at most 4"):
            self.compose(sandbox, pictures=(picture(),) * 5)
        with pytest.raises(ComposeError, match="without text"):
            self.compose(sandbox, text=" \n", link="")

    def test_capabilities_and_options(self, sandbox: Sandbox) -> None:
        limits = self.module.capabilities(self.make_channel(sandbox))
        assert (limits.text_limit, limits.counting, limits.max_cashtags) == (280, Counting.X_WEIGHTED, 1)
        assert self.module.capabilities(self.make_channel(sandbox, text_limit="4000")).text_limit == 4000
        for odd in ("many", "0", "-1", "25001", "nan"):
            with pytest.raises(ConfigError):
                self.module.capabilities(self.make_channel(sandbox, text_limit=odd))

    def test_golden_texts_are_280_by_our_own_counter(self) -> None:
        assert [measure(text, Counting.X_WEIGHTED) for text in self.golden] == [280] * len(self.golden)

    def test_missing_credentials_and_plain_http(self, sandbox: Sandbox) -> None:
        channel = self.make_channel(sandbox)
        with pytest.raises(AuthRequired, match="access_token_secret"):
            self.module.connect(channel, Credentials({"consumer_key": "k"}))
        with pytest.raises(ValueError, match="refused"):
            self.module.connect(replace(channel, api_base="http://api.x.com"), self.make_credentials())

    def test_x_is_another_name_for_twitter(self) -> None:
        assert load("x") is load("twitter")

    def test_wrong_account_is_a_warning(self, sandbox: Sandbox) -> None:
        channel = replace(self.make_channel(sandbox), account="@somebody_else")
        (warning,) = self.module.connect(channel, self.make_credentials()).whoami().warnings
        assert "@sandbox_today" in warning

    # --- staging

    def test_expired_pictures_are_uploaded_again(self, adapter: Adapter, sandbox: Sandbox) -> None:
        image = picture()
        composed = self.compose(sandbox, pictures=(image,))
        earlier = self.stage(adapter, composed, image)
        old = replace(
            earlier, refs={"media": [{**earlier.refs["media"][0], "expires_at": "2020-01-01T00:00:00+00:00"}]}
        )
        assert (
            self.stage(adapter, composed, image, earlier=old).refs["media"][0]["id"] != earlier.refs["media"][0]["id"]
        )

    def test_staging_survives_json(self, adapter: Adapter, sandbox: Sandbox) -> None:
        image = picture()
        staged = self.stage(adapter, self.compose(sandbox, pictures=(image,)), image)
        again = replace(staged, refs=json.loads(json.dumps(staged.refs)))
        assert publish(adapter, again).receipt is not None

    @pytest.mark.parametrize("preset", ["400", "402", "403-html", "404", "429", "503"])
    def test_a_failed_upload_happened_to_nobody(self, adapter: Adapter, sandbox: Sandbox, preset: str) -> None:
        image = picture()
        self.order(sandbox, kind=Kind.STATUS, name=preset, role="stage")
        with pytest.raises(PlatformError) as error:
            self.stage(adapter, self.compose(sandbox, pictures=(image,)), image)
        assert error.value.happened is Happened.NO

    def test_nothing_is_ever_pending(self, adapter: Adapter, sandbox: Sandbox) -> None:
        pending = Pending(detail={"x": 1})
        assert adapter.progress(self.staged(adapter, sandbox), pending) is pending

    # --- looking up

    @pytest.mark.parametrize("fields", ["tweet.fields", "post.fields"])
    def test_either_name_of_the_fields_parameter(self, adapter: Adapter, sandbox: Sandbox, fields: str) -> None:
        since = now(sandbox)
        receipt = self.published(adapter, sandbox)
        sandbox.state.switches = sandbox.state.switches.changed(x_fields=fields)
        look = adapter.find(self.staged(adapter, sandbox), since)
        assert [hit.remote_id for hit in look.hits] == [receipt.remote_id]
        assert look.complete

    def test_an_x_that_gives_no_fields_proves_nothing(self, adapter: Adapter, sandbox: Sandbox) -> None:
        since = now(sandbox)
        self.published(adapter, sandbox, 2)
        sandbox.state.switches = sandbox.state.switches.changed(x_fields="other.fields")
        look = adapter.find(self.staged(adapter, sandbox, 1), since)
        assert not look.complete
        assert "fields" in look.note

    def test_missing_entities_prove_nothing(self, adapter: Adapter, sandbox: Sandbox) -> None:
        at = f"{now(sandbox):%Y-%m-%dT%H:%M:%S.000Z}"
        post = {"id": "17", "text": "Story https://t.co/abcdefghij", "created_at": at}
        look = self.find_in(adapter, sandbox, post)
        assert not look.complete
        assert look.seen == 1
        linkless = {**post, "text": "No link"}
        assert self.find_in(adapter, sandbox, linkless).complete

    @pytest.mark.parametrize("holder", ["note_post", "note_tweet"])
    def test_link_of_a_long_post(self, adapter: Adapter, sandbox: Sandbox, holder: str) -> None:
        urls = [{"url": "https://t.co/abcdefghij", "expanded_url": link_of(marker_of(1))}]
        at = f"{now(sandbox):%Y-%m-%dT%H:%M:%S.000Z}"
        post = {"id": "17", "text": "Long", "created_at": at, holder: {"text": "Longer", "entities": {"urls": urls}}}
        (hit,) = self.find_in(adapter, sandbox, post).hits
        assert hit.remote_url == "https://x.com/sandbox_today/status/17"

    def test_long_posts_are_asked_for_their_long_form(self, sandbox: Sandbox) -> None:
        adapter = self.module.connect(self.make_channel(sandbox, text_limit="4000"), self.make_credentials())
        adapter.find(self.staged(adapter, sandbox), now(sandbox))
        query = requests_of(sandbox, "x", "read")[-1]["query"]
        assert query["post.fields"] == "created_at,entities,note_post"
        assert query["exclude"] == "retweets"

    def find_in(self, adapter: Adapter, sandbox: Sandbox, *posts: dict[str, Any], **envelope: Any) -> Any:
        body = {"data": list(posts), "meta": {"result_count": len(posts)}, **envelope}
        sandbox.state.faults.clear()
        self.order(sandbox, kind=Kind.STATUS, status=200, body=body, role="read", times=2)
        return adapter.find(self.staged(adapter, sandbox), now(sandbox))

    def test_odd_pages_prove_nothing(self, adapter: Adapter, sandbox: Sandbox) -> None:
        assert self.find_in(adapter, sandbox).complete
        assert not self.find_in(adapter, sandbox, meta={}).complete
        assert not self.find_in(adapter, sandbox, meta={"result_count": 3}).complete
        assert not self.find_in(adapter, sandbox, errors=[{"title": "Not Found Error"}]).complete
        assert not self.find_in(adapter, sandbox, {"id": "1"}).complete

    def test_post_without_link_is_known_by_its_words(self, adapter: Adapter, sandbox: Sandbox) -> None:
        sandbox.state.switches = sandbox.state.switches.changed(x_duplicate_window=0)
        words = "Ministers & <friends> meet at Booking.com, cafe\u0301"
        image = picture()
        composed = self.compose(sandbox, text=words, link="", pictures=(image,))
        staged = self.stage(adapter, composed, image)
        publish(adapter, staged)
        shift(sandbox, timedelta(minutes=2))
        since = now(sandbox)
        assert adapter.find(staged, since).hits == ()
        receipt = publish(adapter, staged).receipt
        assert isinstance(receipt, Receipt)
        assert [hit.remote_id for hit in adapter.find(staged, since).hits] == [receipt.remote_id]

    def test_a_platform_clock_before_the_intent_proves_nothing(self, adapter: Adapter, sandbox: Sandbox) -> None:
        assert not adapter.find(self.staged(adapter, sandbox), now(sandbox) + timedelta(seconds=60)).complete

    def test_hits_survive_a_failing_later_page(self, adapter: Adapter, sandbox: Sandbox) -> None:
        urls = [{"url": "https://t.co/abcdefghij", "expanded_url": link_of(marker_of(1))}]
        at = f"{now(sandbox):%Y-%m-%dT%H:%M:%S.000Z}"
        post = {"id": "17", "text": "Ours", "created_at": at, "entities": {"urls": urls}}
        body = {"data": [post], "meta": {"result_count": 1, "next_token": "more"}}
        self.order(sandbox, kind=Kind.STATUS, status=200, body=body, role="read")
        self.order(sandbox, kind=Kind.DROP, role="read")
        look = adapter.find(self.staged(adapter, sandbox), now(sandbox))
        assert (len(look.hits), look.complete) == (1, False)

    @pytest.mark.parametrize(
        ("preset", "error"),
        [
            ("400", Unreachable),
            ("402", OutOfBudget),
            ("403-html", Unreachable),
            ("404", Unreachable),
            ("429", RateLimited),
        ],
    )
    def test_unreadable_timeline(
        self, adapter: Adapter, sandbox: Sandbox, preset: str, error: type[PlatformError]
    ) -> None:
        staged = self.staged(adapter, sandbox)
        self.order(sandbox, kind=Kind.STATUS, name=preset, role="read", times=2)
        with pytest.raises(error):
            adapter.find(staged, now(sandbox))

    def test_plan_without_reads(self, adapter: Adapter, sandbox: Sandbox) -> None:
        sandbox.state.switches = sandbox.state.switches.changed(x_reads=False)
        look = adapter.find(self.staged(adapter, sandbox), now(sandbox))
        assert not look.permitted
        assert "subset" in look.note

    # --- withdrawing

    def test_withdrawing_is_not_guessed(self, adapter: Adapter, sandbox: Sandbox) -> None:
        receipt = self.published(adapter, sandbox)
        for fault in ({"kind": Kind.DROP}, {"kind": Kind.WRONG_BODY}, {"kind": Kind.STATUS, "status": 503}):
            self.order(sandbox, **fault, role="delete")
            with pytest.raises(Unreachable):
                adapter.withdraw(receipt)
        self.order(sandbox, kind=Kind.DROP, role="delete", when=When.AFTER)
        with pytest.raises(Unreachable):
            adapter.withdraw(receipt)
        adapter.withdraw(receipt)

    def test_unknown_answers_of_the_write_are_doubts(self, adapter: Adapter, sandbox: Sandbox) -> None:
        for number, status in enumerate((204, 206, 300, 405, 410, 413, 422, 425, 451, 498, 599)):
            self.order(sandbox, kind=Kind.STATUS, status=status, body={})
            assert isinstance(publish(adapter, self.staged(adapter, sandbox, number)).error, OutcomeUnknown)
