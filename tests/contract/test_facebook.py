"""Facebook's Page adapter against the sandbox: the contract in both publish modes, and what only Facebook does."""

import json
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from syndicator.errors import (
    AuthRequired,
    Duplicate,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    Unreachable,
)
from syndicator.model import Channel, Credentials, Receipt, Staged
from syndicator.platforms import facebook
from syndicator.sandbox import Sandbox
from syndicator.sandbox.accounts import FACEBOOK
from syndicator.sandbox.faults import Kind, When
from tests.contract.facebook_desk import CREDENTIALS, Page, channel_at
from tests.contract.suite import READ_TIMEOUT, AdapterContract
from tests.contract.workbench import link_of, marker_of, now, picture, publish, requests_of, shift, teaser


class FacebookContract(AdapterContract):
    platform = "facebook"
    remote = "facebook"
    identity = FACEBOOK["page_id"]
    golden = ("ä" * 63_206, "😀" * 31_603)
    not_permitted: ClassVar[dict[str, str]] = {"name": "10"}

    def make_credentials(self) -> Credentials:
        return Credentials(CREDENTIALS)


class TestDirect(FacebookContract):
    def make_channel(self, sandbox: Sandbox, *, api_base: str = "") -> Channel:
        return channel_at(sandbox, api_base=api_base, read_timeout=str(READ_TIMEOUT))


class TestTwoPhase(FacebookContract):
    visible_role = "flip"
    duplicate = False

    def make_channel(self, sandbox: Sandbox, *, api_base: str = "") -> Channel:
        return channel_at(
            sandbox, api_base=api_base, image="attach", publish_mode="two_phase", read_timeout=str(READ_TIMEOUT)
        )


# --- what only Facebook does ----------------------------------------------------------------------------------------


@pytest.fixture
def page(sandbox: Sandbox) -> Page:
    return Page(sandbox)


@pytest.fixture
def flip(sandbox: Sandbox) -> Page:
    return Page(sandbox, publish_mode="two_phase")


class TestProof:
    def test_wrong_secret_pauses_the_channel_and_spares_the_post(self, sandbox: Sandbox) -> None:
        page = Page(sandbox, {**CREDENTIALS, "app_secret": "not the secret"})
        with pytest.raises(AuthRequired, match="appsecret_proof"):
            page.adapter.publish(page.staged(), lambda: None)
        with pytest.raises(AuthRequired):
            page.adapter.whoami()
        assert page.live() == []

    def test_a_worker_that_slept_beyond_the_fence_cannot_post(self, page: Page) -> None:
        staged = page.staged()
        # The request is signed before the guard; the platform's clock moves on while the guard sleeps (D16).
        with pytest.raises(AuthRequired):
            page.adapter.publish(staged, lambda: shift(page.sandbox, timedelta(minutes=6)))
        assert page.live() == []
        assert len(requests_of(page.sandbox, "facebook", "create")) == 1

    def test_without_time_the_same_sleep_would_post(self, sandbox: Sandbox) -> None:
        page = Page(sandbox, appsecret_time="off")
        page.adapter.publish(page.staged(), lambda: shift(sandbox, timedelta(minutes=6)))
        assert len(page.live()) == 1
        assert any("timed proof" in warning for warning in page.adapter.whoami().warnings)

    def test_an_app_that_requires_a_proof(self, sandbox: Sandbox) -> None:
        page, bare = Page(sandbox), Page(sandbox, {"page_token": FACEBOOK["page_token"]})
        page.switch(facebook_proof_required=True)
        assert page.adapter.whoami().warnings == ()
        with pytest.raises(AuthRequired):
            bare.adapter.whoami()

    def test_a_skewed_clock_is_told(self, page: Page) -> None:
        shift(page.sandbox, timedelta(minutes=3))
        assert any("clock differs" in warning for warning in page.adapter.whoami().warnings)

    def test_another_page_is_told(self, sandbox: Sandbox) -> None:
        page = Page(sandbox, page_id="me")
        assert any(FACEBOOK["page_id"] in warning for warning in page.adapter.whoami().warnings)


USAGES = [
    {"X-App-Usage": '{"call_count": 1, "a_key_nobody_knows": 2}'},
    {"X-App-Usage": "[1]"},
    {"X-Business-Use-Case-Usage": '{"1": [{"call_count": 100}]}'},
    {"X-Business-Use-Case-Usage": '{"1": null}'},
    {"X-Ad-Account-Usage": "not json"},
]


@pytest.mark.parametrize("headers", USAGES, ids=lambda headers: json.dumps(headers)[:40])
def test_odd_usage_headers_do_not_lose_the_receipt(
    page: Page, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    staged = page.staged()
    page.order(kind=Kind.HEADERS, role="create", headers=headers)
    receipt = page.adapter.publish(staged, lambda: None)
    assert isinstance(receipt, Receipt)
    assert [post.id for post in page.live()] == [receipt.remote_id]
    assert caplog.records == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"id": "1_2", "error": {"code": 1, "message": "?"}}),
        (201, {"id": 12}),
        (200, {"id": ""}),
        (202, {"post_id": "1_2"}),
        (302, {"id": "1_2"}),
        (304, None),
    ],
)
def test_answer_that_is_not_quite_a_success(page: Page, status: int, body: dict[str, Any] | None) -> None:
    staged = page.staged()
    page.order(kind=Kind.STATUS, role="create", status=status, body=body, when=When.AFTER)
    assert isinstance(publish(page.adapter, staged).error, OutcomeUnknown)
    assert len(page.live()) == 1


# preset: the answer to the visible request, and to any other one
ANSWERS: dict[str, tuple[type[PlatformError], type[PlatformError]]] = {
    "1": (OutcomeUnknown, Unreachable),
    "2": (OutcomeUnknown, Unreachable),
    "500-empty": (OutcomeUnknown, Unreachable),
    "4": (OutcomeUnknown, RateLimited),
    "4-2207051": (OutcomeUnknown, RateLimited),
    "17": (OutcomeUnknown, RateLimited),
    "32": (OutcomeUnknown, RateLimited),
    "341": (OutcomeUnknown, RateLimited),
    "613": (OutcomeUnknown, RateLimited),
    "613-1996": (OutcomeUnknown, RateLimited),
    "80001": (OutcomeUnknown, RateLimited),
    "368-fast": (OutcomeUnknown, RateLimited),
    "368": (OutcomeUnknown, Rejected),
    "368-already": (Duplicate, Rejected),
    "506": (Duplicate, Rejected),
    "10": (AuthRequired, AuthRequired),
    "190": (AuthRequired, AuthRequired),
    "190-463": (AuthRequired, AuthRequired),
    "200": (AuthRequired, AuthRequired),
    "1404078": (AuthRequired, AuthRequired),
    "100": (Rejected, Rejected),
    "100-33": (Rejected, Rejected),
    "1609005": (OutcomeUnknown, Unreachable),
}
WAITS = {
    "4": timedelta(minutes=5),
    "80001": timedelta(minutes=17),
    "368-fast": timedelta(hours=2),
    "1609005": timedelta(minutes=2),
}


@pytest.mark.parametrize("preset", ANSWERS)
def test_answer_to_the_visible_request(page: Page, preset: str) -> None:
    staged = page.staged()
    page.order(kind=Kind.STATUS, role="create", name=preset)
    with pytest.raises(PlatformError) as raised:
        page.adapter.publish(staged, lambda: None)
    assert type(raised.value) is ANSWERS[preset][0]
    assert raised.value.retry_after == WAITS.get(preset, raised.value.retry_after)
    assert raised.value.http_status
    assert preset == "500-empty" or raised.value.request_id
    assert len(requests_of(page.sandbox, "facebook", "create")) == 1


@pytest.mark.parametrize("preset", ANSWERS)
def test_answer_to_an_invisible_request(flip: Page, preset: str) -> None:
    flip.order(kind=Kind.STATUS, role="stage", name=preset)
    with pytest.raises(PlatformError) as raised:
        flip.staged()
    assert type(raised.value) is ANSWERS[preset][1]
    assert raised.value.retry_after == WAITS.get(preset, raised.value.retry_after)
    assert flip.live() == []


@pytest.mark.parametrize("preset", ["1", "2", "4-2207051", "80001", "368", "368-already", "506"])
def test_error_although_the_post_is_live(page: Page, preset: str) -> None:
    """koala #699, php-graph-sdk #1141, postiz #1681: never "no", and the look-up finds it."""
    since, staged = now(page.sandbox), page.staged()
    page.order(kind=Kind.STATUS, role="create", name=preset, when=When.AFTER)
    with pytest.raises((OutcomeUnknown, Duplicate)):
        page.adapter.publish(staged, lambda: None)
    assert [hit.remote_id for hit in page.adapter.find(staged, since).hits] == [page.live()[0].id]


class TestTwoPhaseLosses:
    """D32: whatever answer is lost, exactly one post becomes visible."""

    @pytest.mark.parametrize("kind", [Kind.DROP, Kind.RST, Kind.TRUNCATE, Kind.NO_ID])
    def test_answer_of_the_create_lost(self, flip: Page, kind: Kind) -> None:
        flip.order(kind=kind, role="stage", when=When.AFTER)
        with pytest.raises(Unreachable):
            flip.staged()
        assert flip.live() == []
        receipt = flip.adapter.publish(flip.staged(), lambda: None)
        assert isinstance(receipt, Receipt)
        assert [post.id for post in flip.live()] == [receipt.remote_id]
        assert len(flip.sandbox.state.posts("facebook", drafts=True)) == 2  # one invisible orphan

    @pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
    @pytest.mark.parametrize("kind", [Kind.DROP, Kind.RST, Kind.TRUNCATE, Kind.NO_ID])
    def test_answer_of_the_publish_lost(self, flip: Page, kind: Kind, when: When) -> None:
        since, staged = now(flip.sandbox), flip.staged()
        flip.order(kind=kind, role="flip", when=when)
        assert isinstance(publish(flip.adapter, staged).error, OutcomeUnknown)
        look = flip.adapter.find(staged, since)
        assert [hit.remote_id for hit in look.hits] == [post.id for post in flip.live()]
        assert look.permitted
        again = publish(flip.adapter, flip.adapter.stage(staged.composed, {}.__getitem__, staged))
        assert again.receipt
        assert [post.id for post in flip.live()] == [again.receipt.remote_id]

    def test_platform_that_ignores_published_false(self, flip: Page) -> None:
        flip.switch(facebook_honours_unpublished=False)
        receipt = flip.adapter.publish(flip.staged(), lambda: None)
        assert isinstance(receipt, Receipt)
        assert [post.id for post in flip.live()] == [receipt.remote_id]

    def test_orphan_published_by_a_person_is_found(self, flip: Page) -> None:
        since, orphan = now(flip.sandbox), flip.staged()
        flip.adapter.publish(orphan, lambda: None)
        staged = flip.staged()
        assert staged.refs != orphan.refs
        assert [hit.remote_id for hit in flip.adapter.find(staged, since).hits] == [orphan.refs["post_id"]]

    def test_draft_deleted_meanwhile(self, flip: Page) -> None:
        since, staged = now(flip.sandbox), flip.staged()
        flip.sandbox.state.remove("facebook", staged.refs["post_id"])
        # Also a draft so fresh that not every server of theirs has it: a doubt, to be repeated by its id.
        with pytest.raises(OutcomeUnknown):
            flip.adapter.publish(staged, lambda: None)
        look = flip.adapter.find(staged, since)
        assert (look.hits, look.complete, look.permitted) == ((), False, True)

    def test_nothing_staged_sends_nothing(self, flip: Page) -> None:
        with pytest.raises(Unreachable):
            flip.adapter.publish(Staged(composed=flip.compose(), refs={}), lambda: None)
        assert requests_of(flip.sandbox, "facebook") == []


class TestRecognition:
    def test_same_words_with_the_canonical_link(self, page: Page) -> None:
        """Whether Facebook keeps our query in the card is open; the words are the second net (R12)."""
        since, staged = now(page.sandbox), page.staged()
        page.adapter.publish(staged, lambda: None)
        page.change(link="https://www.eutoday.net/news/council-agrees")
        assert len(page.adapter.find(staged, since).hits) == 1

    def test_same_words_under_another_marker_are_another_post(self, page: Page) -> None:
        since = now(page.sandbox)
        page.adapter.publish(page.staged(2), lambda: None)
        assert page.adapter.find(page.staged(1), since).hits == ()

    def test_words_in_another_normal_form(self, page: Page) -> None:
        since, staged = now(page.sandbox), page.staged(text="Café", link="")
        page.adapter.publish(staged, lambda: None)
        page.change(text="  Cafe\u0301\n")
        assert len(page.adapter.find(staged, since).hits) == 1

    def test_r12_same_words_from_before_the_intent(self, page: Page) -> None:
        staged = page.staged(link="")
        page.adapter.publish(staged, lambda: None)
        look = page.adapter.find(staged, now(page.sandbox) + timedelta(seconds=90))
        assert look.hits == ()

    def test_edited_by_a_person_but_the_link_is_ours(self, page: Page) -> None:
        since, staged = now(page.sandbox), page.staged()
        page.adapter.publish(staged, lambda: None)
        page.change(text="Ferries are very late")
        assert len(page.adapter.find(staged, since).hits) == 1

    def test_post_that_shows_nothing_makes_the_look_up_incomplete(self, page: Page) -> None:
        since = now(page.sandbox)
        page.adapter.publish(page.staged(2), lambda: None)
        page.change(text="", link=None)
        look = page.adapter.find(page.staged(1), since)
        assert (look.hits, look.complete) == ((), False)

    def test_hit_before_a_page_that_cannot_be_read(self, page: Page) -> None:
        page.switch(facebook_duplicates=False)
        since, ours = now(page.sandbox), page.staged(1)
        for number in range(2, 103):
            page.adapter.publish(page.staged(number), lambda: None)
        page.adapter.publish(ours, lambda: None)
        page.order(kind=Kind.DROP, role="read", skip=1)
        look = page.adapter.find(ours, since)
        assert (len(look.hits), look.complete) == (1, False)

    def test_list_that_repeats_itself_is_not_read_for_ever(self, page: Page) -> None:
        since, ours = now(page.sandbox), page.staged(1)
        for number in range(2, 103):
            page.adapter.publish(page.staged(number), lambda: None)
        page.order(kind=Kind.REPEAT, role="read", times=0)
        before = len(requests_of(page.sandbox, "facebook", "read"))
        assert "did not end" in page.adapter.find(ours, since).note
        assert len(requests_of(page.sandbox, "facebook", "read")) == before + 2

    def test_platform_clock_before_the_intent(self, page: Page) -> None:
        look = page.adapter.find(page.staged(), now(page.sandbox) + timedelta(minutes=1))
        assert not look.complete


class TestScrape:
    def test_preview_is_refreshed_before_posting(self, sandbox: Sandbox) -> None:
        page = Page(sandbox, scrape="on")
        page.staged()
        assert [row["path"] for row in requests_of(sandbox, "facebook")] == ["/"]

    def test_failure_does_not_hold_the_news_back(self, sandbox: Sandbox) -> None:
        page = Page(sandbox, scrape="on")
        page.order(kind=Kind.STATUS, path="/", name="1609005")
        assert publish(page.adapter, page.staged()).receipt


def test_picture_is_uploaded_once_and_attached(sandbox: Sandbox) -> None:
    page, image = Page(sandbox, image="attach"), picture()
    words = teaser(
        facebook.capabilities(page.channel),
        platform="facebook",
        text="Harbour",
        link=link_of(marker_of(1)),
        pictures=(image,),
    )
    composed = facebook.compose(page.channel, words, marker_of(1))
    page.order(kind=Kind.DROP, role="stage", when=When.AFTER)
    load = {image.media.sha256: image.data}.__getitem__
    with pytest.raises(Unreachable):
        page.adapter.stage(composed, load, None)
    since, staged = now(sandbox), page.adapter.stage(composed, load, None)
    page.adapter.publish(staged, lambda: None)
    (post,) = page.live()
    assert (post.text, post.link, len(post.media)) == (words.text, None, 1)
    assert len(page.adapter.find(staged, since).hits) == 1
    old = Staged(composed=composed, refs=staged.refs | {"uploaded_at": "2020-01-01T00:00:00+00:00"})
    assert page.adapter.stage(composed, load, staged) == staged
    assert page.adapter.stage(composed, load, old).refs["photos"] != staged.refs["photos"]  # gone by now (D30)
