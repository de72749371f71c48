"""YouTube's adapters against the sandbox: the contract for the API driver, and what only YouTube does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from syndicator.errors import (
    AuthRequired,
    Happened,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    Unreachable,
)
from syndicator.model import Channel, Credentials, Receipt
from syndicator.platforms import Adapter
from syndicator.platforms._youtube_discovery import add_posts
from syndicator.sandbox import Sandbox
from syndicator.sandbox.accounts import YOUTUBE
from syndicator.sandbox.faults import Kind, When
from tests.contract.suite import READ_TIMEOUT, AdapterContract
from tests.contract.workbench import now, picture, publish, requests_of, shift
from tests.contract.youtube_desk import CREDENTIALS, Desk, channel_at


class TestApi(AdapterContract):
    platform = "youtube"
    remote = "youtube"
    identity = YOUTUBE["channel_id"]
    golden = ("ä" * 1000, "😀" * 1000)
    duplicate: ClassVar[bool] = False
    not_permitted: ClassVar[dict[str, str]] = {"name": "403"}
    page_size = 50

    def make_channel(self, sandbox: Sandbox, *, api_base: str = "") -> Channel:
        return channel_at(sandbox, api_base=api_base, driver="api", read_timeout=str(READ_TIMEOUT))

    def make_credentials(self) -> Credentials:
        return Credentials(CREDENTIALS)

    def test_same_words_again(self, adapter: Adapter, sandbox: Sandbox) -> None:
        """No duplicate refusal is known: two sends are two posts, which is why one send is one request."""
        staged = self.staged(adapter, sandbox)
        adapter.publish(staged, lambda: None)
        adapter.publish(staged, lambda: None)
        assert len(self.live(sandbox)) == 2

    def test_picture_arrives_with_its_alternative_text(self, adapter: Adapter, sandbox: Sandbox) -> None:
        """The API takes no alternative text; the picture itself arrives byte for byte."""
        image = picture()
        adapter.publish(self.stage(adapter, self.compose(sandbox, pictures=(image,)), image), lambda: None)
        assert [media.data for post in self.live(sandbox) for media in post.media] == [image.data]


# --- what only YouTube does -----------------------------------------------------------------------------------------


@pytest.fixture
def desk(sandbox: Sandbox) -> Desk:
    return Desk(sandbox, driver="api")


class TestToken:
    def test_one_token_serves_many_requests(self, desk: Desk) -> None:
        desk.adapter.whoami()
        for number in range(3):
            desk.adapter.publish(desk.staged(number), lambda: None)
        assert desk.tokens() == 1

    def test_short_lived_token_is_renewed_before_it_is_used(self, desk: Desk) -> None:
        desk.switch(youtube_token_seconds=30)
        desk.adapter.publish(desk.staged(), lambda: None)
        assert (desk.tokens(), desk.inserts(), len(desk.live())) == (2, 1, 1)

    def test_token_too_short_for_a_delivery_is_renewed_while_staging(self, desk: Desk) -> None:
        desk.switch(youtube_token_seconds=200)
        staged = desk.staged()
        staged = desk.adapter.stage(staged.composed, {}.__getitem__, staged)
        assert desk.tokens() == 2
        desk.adapter.publish(staged, lambda: None)
        assert desk.tokens() == 2

    def test_token_withdrawn_before_publish_is_never_answered_by_a_second_insert(self, desk: Desk) -> None:
        staged = desk.staged()
        shift(desk.sandbox, timedelta(hours=2))
        with pytest.raises(AuthRequired):
            desk.adapter.publish(staged, lambda: None)
        assert (desk.inserts(), desk.live()) == (1, [])
        desk.adapter.publish(desk.adapter.stage(staged.composed, {}.__getitem__, staged), lambda: None)
        assert (desk.tokens(), len(desk.live())) == (2, 1)

    def test_token_withdrawn_before_a_read_is_renewed_once(self, desk: Desk) -> None:
        staged = desk.staged()
        shift(desk.sandbox, timedelta(hours=2))
        assert desk.adapter.find(staged, now(desk.sandbox)).complete
        assert desk.tokens() == 2

    @pytest.mark.parametrize("preset", ["invalid_grant", "invalid_client"])
    def test_refused_credentials(self, desk: Desk, preset: str) -> None:
        desk.order(platform="google", kind=Kind.STATUS, name=preset)
        with pytest.raises(AuthRequired, match=preset):
            desk.staged()
        assert desk.requests() == 1

    def test_refused_while_publishing_sends_nothing(self, desk: Desk) -> None:
        desk.switch(youtube_token_seconds=30)
        staged = desk.staged()
        desk.switch(youtube_revoked=True)
        with pytest.raises(AuthRequired, match="invalid_grant"):
            desk.adapter.publish(staged, lambda: pytest.fail("nothing may be written"))
        assert desk.inserts() == 0

    @pytest.mark.parametrize(
        "fault",
        [{"kind": Kind.DROP}, {"kind": Kind.WRONG_BODY}, {"kind": Kind.TRUNCATE}, {"kind": Kind.STATUS, "status": 302}],
        ids=lambda fault: fault["kind"].value,
    )
    def test_token_endpoint_in_trouble(self, desk: Desk, fault: dict[str, Any]) -> None:
        desk.order(platform="google", times=0, **fault)
        with pytest.raises(Unreachable):
            desk.staged()
        with pytest.raises(Unreachable):
            desk.adapter.whoami()

    def test_token_endpoint_down(self, desk: Desk) -> None:
        desk.order(platform="google", kind=Kind.STATUS, name="503", times=0)
        with pytest.raises(Unreachable):
            desk.staged()


# preset: the answer to the insert
ANSWERS: dict[str, type[PlatformError]] = {
    "400": Rejected,
    "401": AuthRequired,
    "403": AuthRequired,
    "404": AuthRequired,
    "429": RateLimited,
    "accessNotConfigured": AuthRequired,
    "insufficientPermissions": AuthRequired,
    "ineligibleAccount": AuthRequired,
    "youtubeSignupRequired": AuthRequired,
    "quotaExceeded": RateLimited,
    "dailyLimitExceeded": RateLimited,
    "rateLimitExceeded": RateLimited,
    "userRateLimitExceeded": RateLimited,
}


@pytest.mark.parametrize("preset", ANSWERS)
def test_answer_to_the_insert(desk: Desk, preset: str) -> None:
    staged = desk.staged()
    desk.order(kind=Kind.STATUS, role="create", name=preset)
    with pytest.raises(PlatformError) as raised:
        desk.adapter.publish(staged, lambda: None)
    error = raised.value
    assert type(error) is ANSWERS[preset]
    assert (desk.inserts(), desk.tokens(), desk.live()) == (1, 1, [])
    daily = preset in {"quotaExceeded", "dailyLimitExceeded"}
    assert (error.reset_at is not None) == daily
    assert (error.retry_after == timedelta(seconds=15)) == (isinstance(error, RateLimited) and not daily)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_refusal_that_is_no_google_error_is_doubtful(desk: Desk, status: int) -> None:
    staged = desk.staged()
    desk.order(kind=Kind.HTML, role="create", status=status, when=When.AFTER)
    with pytest.raises(OutcomeUnknown):
        desk.adapter.publish(staged, lambda: None)
    assert len(desk.live()) == 1


class TestPicture:
    def test_lost_upload_is_repeated_and_leaves_an_orphan_only(self, desk: Desk) -> None:
        image = picture()
        load, composed = {image.media.sha256: image.data}.__getitem__, desk.compose(pictures=(image,))
        desk.order(kind=Kind.DROP, role="stage", when=When.AFTER)
        with pytest.raises(Unreachable):
            desk.adapter.stage(composed, load, None)
        desk.adapter.publish(desk.adapter.stage(composed, load, None), lambda: None)
        assert [len(post.media) for post in desk.live()] == [1]

    def test_d33_an_upload_is_one_request_and_no_session(self, desk: Desk) -> None:
        """The pilot documents no resumable upload of a picture; if that changes, a session is worth keeping."""
        image = picture()
        desk.adapter.stage(desk.compose(pictures=(image,)), {image.media.sha256: image.data}.__getitem__, None)
        (upload,) = requests_of(desk.sandbox, "youtube", "stage")
        assert (upload["method"], upload["query"]["uploadType"]) == ("POST", "media")
        document: dict[str, Any] = {"resources": {}, "schemas": {}}
        add_posts(document)
        (protocol,) = document["resources"]["posts"]["methods"]["imageUpload"]["mediaUpload"]["protocols"]
        assert protocol == "simple"

    @pytest.mark.parametrize("fault", ["503", "quotaExceeded", "rateLimitExceeded", "uploadLimitExceeded"])
    def test_d33_a_failed_upload_happened_to_nobody(self, desk: Desk, fault: str) -> None:
        image = picture()
        load, composed = {image.media.sha256: image.data}.__getitem__, desk.compose(pictures=(image,))
        given = {"status": 503} if fault == "503" else {"name": fault}
        desk.order(kind=Kind.STATUS, role="stage", **given)
        with pytest.raises(PlatformError) as raised:
            desk.adapter.stage(composed, load, None)
        assert raised.value.happened is Happened.NO
        assert desk.live() == []

    def test_d30_a_picture_whose_token_may_have_run_out_is_uploaded_again(self, desk: Desk) -> None:
        image = picture()
        load, composed = {image.media.sha256: image.data}.__getitem__, desk.compose(pictures=(image,))
        earlier = desk.adapter.stage(composed, load, None)
        assert desk.adapter.stage(composed, load, earlier) == earlier
        old = replace(earlier, refs=earlier.refs | {"uploaded_at": "2020-01-01T00:00:00+00:00"})
        shift(desk.sandbox, timedelta(hours=25))
        again = desk.adapter.stage(composed, load, old)
        assert again.refs["upload_token"] != earlier.refs["upload_token"]
        desk.adapter.publish(again, lambda: None)
        assert [len(post.media) for post in desk.live()] == [1]

    def test_answer_without_an_upload_token(self, desk: Desk) -> None:
        image = picture()
        desk.order(kind=Kind.WRONG_BODY, role="stage", body={"kind": "youtube#postImage"})
        with pytest.raises(Unreachable, match="upload token"):
            desk.adapter.stage(desk.compose(pictures=(image,)), lambda _: image.data, None)


class TestRecognition:
    def test_without_a_link_the_words_decide(self, desk: Desk) -> None:
        since, staged = now(desk.sandbox), desk.staged(link="")
        desk.adapter.publish(staged, lambda: None)
        assert len(desk.adapter.find(staged, since).hits) == 1
        later = desk.adapter.find(staged, since + timedelta(seconds=90))
        assert (later.hits, later.complete) == ((), False)

    def test_reading_stops_once_the_list_is_behind_the_intent(self, desk: Desk) -> None:
        for number in range(2, 160):
            desk.adapter.publish(desk.staged(number), lambda: None)
        shift(desk.sandbox, timedelta(hours=25))
        since, before = now(desk.sandbox), desk.requests()
        look = desk.adapter.find(desk.staged(1), since)
        assert (look.hits, look.complete, look.seen) == ((), True, 50)
        # one page of four; the day that passed also cost a refused and a renewed token
        assert desk.requests() <= before + 3

    def test_pilot_closed_meanwhile(self, desk: Desk) -> None:
        staged = desk.staged()
        desk.switch(pilot=False)
        assert not desk.adapter.find(staged, now(desk.sandbox)).permitted

    def test_withdraw_does_not_take_a_closed_pilot_for_a_gone_post(self, desk: Desk) -> None:
        receipt = desk.adapter.publish(desk.staged(), lambda: None)
        assert isinstance(receipt, Receipt)
        desk.switch(pilot=False)
        with pytest.raises(AuthRequired):
            desk.adapter.withdraw(receipt)


class TestWhoami:
    def test_tells_a_closed_pilot(self, desk: Desk) -> None:
        assert desk.adapter.whoami().warnings == ()
        desk.switch(pilot=False)
        assert any("posts API" in warning for warning in desk.adapter.whoami().warnings)

    def test_tells_another_channel(self, sandbox: Sandbox) -> None:
        warnings = Desk(sandbox, driver="api", channel_id="UCanother").adapter.whoami().warnings
        assert any("UCanother" in warning for warning in warnings)


def test_hits_before_a_page_that_cannot_be_read(desk: Desk) -> None:
    since = now(desk.sandbox)
    for number in range(2, 53):
        desk.adapter.publish(desk.staged(number), lambda: None)
    ours = desk.staged(1)
    desk.adapter.publish(ours, lambda: None)
    desk.order(kind=Kind.DROP, role="read", skip=1)
    look = desk.adapter.find(ours, since)
    assert (len(look.hits), look.complete) == (1, False)


def test_publish_lost_is_found(desk: Desk) -> None:
    since, staged = now(desk.sandbox), desk.staged()
    desk.order(kind=Kind.STATUS, role="create", status=503, when=When.AFTER)
    assert isinstance(publish(desk.adapter, staged).error, OutcomeUnknown)
    assert [hit.remote_id for hit in desk.adapter.find(staged, since).hits] == [desk.live()[0].id]
    desk.sandbox.state.put(replace(desk.live()[0], text="Edited by a person"))
    assert desk.adapter.find(staged, since).hits == ()
