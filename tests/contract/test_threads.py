"""Follow-ups under the contract: an answer to our own post on X, the Page's first comment on Facebook."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, cast

import pytest

from syndicator.errors import AuthRequired, ComposeError, Happened, OutcomeUnknown, PlatformError, Rejected
from syndicator.model import AfterUnknown, Channel, Composed, Credentials, Receipt, Staged
from syndicator.platforms import Adapter, Following, load
from syndicator.platforms.facebook import COMMENT_LIMIT, remote_id_from_url
from syndicator.sandbox import Sandbox
from syndicator.sandbox.accounts import FACEBOOK
from syndicator.sandbox.faults import Kind
from syndicator.sandbox.graph import comments
from syndicator.sandbox.hand import post_by_hand
from syndicator.sandbox.remote import RemotePost
from tests.contract.facebook_desk import CREDENTIALS, channel_at
from tests.contract.suite import (
    READ_TIMEOUT,
    AdapterContract,
    AdapterHooks,
    LookUpContract,
    SecretsContract,
    WireContract,
)
from tests.contract.test_twitter import TwitterHooks
from tests.contract.workbench import Picture, link_of, marker_of, now, requests_of, teaser

EARLIER = timedelta(hours=1)


class FollowingHooks(AdapterHooks):
    """The same steps as for a post, one post further down."""

    def above(self, sandbox: Sandbox) -> RemotePost:
        """Give the post that is answered: it went out an hour ago."""
        found = [post for post in sandbox.state.posts(self.remote) if post.detail.get("above")]
        if found:
            return found[0]
        post = post_by_hand(sandbox.state, self.remote, "What went out before")
        at = post.created_at - EARLIER
        detail = {**post.detail, "above": True}
        return sandbox.state.put(replace(post, author="app", created_at=at, visible_at=at, detail=detail))

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
        given = link_of(marker) if link is None else link
        words = text or "More on “night trains” & ferries"
        words = f"{words}\n{given}" if given else words
        module = load(self.platform)
        limits = module.capabilities(channel)
        value = teaser(limits, platform=self.platform, text=words, link="", pictures=pictures)
        value = replace(value, link=given)
        return cast(Following, module).follow(channel, value, marker, to=self.above(sandbox).id)

    def live(self, sandbox: Sandbox) -> list[Any]:
        return [post for post in sandbox.state.posts(self.remote) if not post.detail.get("above")]


class TestThreadOnX(FollowingHooks, TwitterHooks, AdapterContract):
    """An answer to our own post keeps every promise of a post."""

    golden: ClassVar[tuple[str, ...]] = ("b" * 280, "ニュース" * 35)

    def test_it_stands_under_the_post_that_it_answers(self, adapter: Adapter, sandbox: Sandbox) -> None:
        self.published(adapter, sandbox)
        (post,) = self.live(sandbox)
        assert post.detail["in_reply_to"] == self.above(sandbox).id
        (request,) = requests_of(sandbox, "x", "create")
        assert request["path"] == "/2/tweets"

    @pytest.mark.parametrize("switch", [{"x_self_replies": False}, {}])
    def test_a_refused_answer_is_final_and_nothing_is_live(
        self, adapter: Adapter, sandbox: Sandbox, switch: dict[str, bool]
    ) -> None:
        staged = self.staged(adapter, sandbox)
        if not switch:
            sandbox.state.remove("x", self.above(sandbox).id)
        sandbox.state.switches = sandbox.state.switches.changed(**switch)
        with pytest.raises(Rejected) as refused:
            adapter.publish(staged, lambda: None)
        assert refused.value.happened is Happened.NO
        assert [post for post in sandbox.state.posts("x") if "in_reply_to" in post.detail] == []

    def test_words_behind_names_that_x_writes_before_them_are_ours(self, adapter: Adapter, sandbox: Sandbox) -> None:
        since = now(sandbox)
        ours = self.stage(adapter, self.compose(sandbox, text="No link in this one", link=""))
        receipt = adapter.publish(ours, lambda: None)
        assert isinstance(receipt, Receipt)
        (post,) = self.live(sandbox)
        detail = {**post.detail, "shown": f"@EU_today @other {post.detail['shown']}"}
        sandbox.state.put(replace(post, detail=detail))
        assert [hit.remote_id for hit in adapter.find(ours, since).hits] == [receipt.remote_id]


class TestCommentOnFacebook(FollowingHooks, WireContract, LookUpContract, SecretsContract):
    """The Page's first comment: one request, found again among the comments, and never repeated unasked."""

    platform = "facebook"
    remote = "facebook"
    identity = FACEBOOK["page_id"]
    not_permitted: ClassVar[dict[str, str]] = {"name": "10"}

    def make_channel(self, sandbox: Sandbox, *, api_base: str = "") -> Channel:
        return channel_at(sandbox, api_base=api_base, publish_mode="two_phase", read_timeout=str(READ_TIMEOUT))

    def make_credentials(self) -> Credentials:
        return Credentials(CREDENTIALS)

    def test_r6_a_comment_is_one_request_and_stands_under_its_post(self, adapter: Adapter, sandbox: Sandbox) -> None:
        composed = self.compose(sandbox)
        assert composed.after_unknown is AfterUnknown.LOOK
        staged = self.stage(adapter, composed)
        assert (staged.refs, requests_of(sandbox, "facebook")) == ({}, [])
        receipt = adapter.publish(staged, lambda: None)
        assert isinstance(receipt, Receipt)
        assert len(requests_of(sandbox, "facebook")) == 1
        (comment,) = self.live(sandbox)
        assert (comment.id, comment.detail["in_reply_to"]) == (receipt.remote_id, self.above(sandbox).id)
        assert receipt.remote_url.startswith("https://")

    def test_it_is_no_post_of_the_page(self, adapter: Adapter, sandbox: Sandbox) -> None:
        since = now(sandbox)
        self.published(adapter, sandbox)
        words = teaser(
            load("facebook").capabilities(self.make_channel(sandbox)), platform="facebook", text="x", link=""
        )
        post = load("facebook").compose(self.make_channel(sandbox), words, marker_of(1))
        assert adapter.find(Staged(composed=post, refs={}), since).hits == ()

    def test_the_limit_of_a_comment(self, adapter: Adapter, sandbox: Sandbox) -> None:
        fits = self.stage(adapter, self.compose(sandbox, text="ä" * COMMENT_LIMIT, link=""))
        assert isinstance(adapter.publish(fits, lambda: None), Receipt)
        with pytest.raises(ComposeError, match="8001"):
            self.compose(sandbox, text="ä" * (COMMENT_LIMIT + 1), link="")
        with pytest.raises(ComposeError):
            self.compose(sandbox, text=" ", link="")

    def test_withdraw_twice(self, adapter: Adapter, sandbox: Sandbox) -> None:
        receipt = self.published(adapter, sandbox)
        adapter.withdraw(receipt)
        assert self.live(sandbox) == []
        adapter.withdraw(receipt)

    def test_a_readers_copy_of_the_words_is_not_ours(self, adapter: Adapter, sandbox: Sandbox) -> None:
        since = now(sandbox)
        staged = self.stage(adapter, self.compose(sandbox, text="No link here", link=""))
        copy = comments.put(sandbox.state, self.above(sandbox), "No link here", author="hand")
        look = adapter.find(staged, since)
        assert (look.hits, look.complete) == ((), False)
        sandbox.state.remove("facebook", copy.id)
        receipt = adapter.publish(staged, lambda: None)
        assert isinstance(receipt, Receipt)
        assert [hit.remote_id for hit in adapter.find(staged, since).hits] == [receipt.remote_id]

    def test_a_token_that_may_not_comment_refuses_the_comment_and_not_the_page(
        self, adapter: Adapter, sandbox: Sandbox
    ) -> None:
        staged = self.staged(adapter, sandbox)
        scopes = tuple(each for each in sandbox.state.switches.facebook_scopes if each != "pages_manage_engagement")
        sandbox.state.switches = sandbox.state.switches.changed(facebook_scopes=scopes)
        with pytest.raises(Rejected, match="pages_manage_engagement"):
            adapter.publish(staged, lambda: None)
        sandbox.state.switches = sandbox.state.switches.changed(facebook_revoked=True)
        with pytest.raises(AuthRequired):
            adapter.publish(staged, lambda: None)

    def test_a_post_that_is_gone_proves_nothing(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged = self.staged(adapter, sandbox)
        sandbox.state.remove("facebook", self.above(sandbox).id)
        look = adapter.find(staged, now(sandbox))
        assert (look.hits, look.complete, look.permitted) == ((), False, True)
        with pytest.raises(PlatformError) as refused:
            adapter.publish(staged, lambda: None)
        assert refused.value.happened is Happened.NO

    def test_repeating_it_makes_a_second_one_so_it_is_looked_for(self, adapter: Adapter, sandbox: Sandbox) -> None:
        staged, since = self.staged(adapter, sandbox), now(sandbox)
        self.order(sandbox, kind=Kind.DROP)
        with pytest.raises(OutcomeUnknown):
            adapter.publish(staged, lambda: None)
        found = adapter.find(staged, since)
        assert len(found.hits) == len(self.live(sandbox))


def test_the_address_of_a_comment_is_its_id() -> None:
    page = Channel(name="desk", platform="facebook", options={"page_id": "42"})
    for url in ("https://www.facebook.com/42_77?comment_id=9", "https://www.facebook.com/42/posts/77/?comment_id=9"):
        assert remote_id_from_url(page, url) == "77_9"
