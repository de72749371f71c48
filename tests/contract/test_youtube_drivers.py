"""Who posts to YouTube: a person (``handoff``), or whoever a probe says (``auto``)."""

import pytest

from syndicator.errors import Rejected, SendDeadlinePassed, Unreachable
from syndicator.model import Pending, Receipt
from syndicator.sandbox import Sandbox
from syndicator.sandbox.accounts import YOUTUBE
from syndicator.sandbox.faults import Kind
from tests.contract.raw import closed_port
from tests.contract.workbench import now, picture
from tests.contract.youtube_desk import Desk


class TestHandoff:
    """Nothing is sent; a person is given everything."""

    @pytest.fixture
    def by_hand(self, sandbox: Sandbox) -> Desk:
        return Desk(sandbox, {}, api_base=f"http://127.0.0.1:{closed_port()}")

    def test_whole_way(self, by_hand: Desk) -> None:
        image = picture()
        composed = by_hand.compose(pictures=(image,))
        staged = by_hand.adapter.stage(composed, lambda _: pytest.fail("the picture is not needed"), None)
        assert staged.refs == {}
        asked: list[str] = []
        pending = by_hand.adapter.publish(staged, lambda: asked.append("guard"))
        assert asked == ["guard"]
        assert isinstance(pending, Pending)
        assert pending.person
        assert pending.detail["composer_url"] == (
            f"https://www.youtube.com/channel/{YOUTUBE['channel_id']}/posts?show_create_dialog=1"
        )
        assert pending.detail["text"] == composed.teaser.text
        assert pending.detail["image_sha256"] == image.media.sha256
        assert by_hand.adapter.progress(staged, pending) == pending
        assert by_hand.requests() == 0

    def test_guard_may_still_stop_it(self, by_hand: Desk) -> None:
        def too_late() -> None:
            raise SendDeadlinePassed("too late", platform="youtube")

        with pytest.raises(SendDeadlinePassed):
            by_hand.adapter.publish(by_hand.staged(), too_late)

    def test_nothing_can_be_looked_up_or_withdrawn(self, by_hand: Desk) -> None:
        look = by_hand.adapter.find(by_hand.staged(), now(by_hand.sandbox))
        assert (look.hits, look.complete, look.permitted) == ((), False, False)
        assert look.note
        with pytest.raises(Rejected, match="by hand"):
            by_hand.adapter.withdraw(Receipt(remote_id="Ugkx", remote_url="https://www.youtube.com/post/Ugkx"))

    def test_whoami_says_that_a_person_posts(self, by_hand: Desk) -> None:
        who = by_hand.adapter.whoami()
        assert who.remote_id == YOUTUBE["channel_id"]
        assert "person" in who.warnings[0]
        by_hand.adapter.close()


class TestAuto:
    def auto(self, sandbox: Sandbox, **options: str) -> Desk:
        return Desk(sandbox, driver="auto", **{"pilot_approved": "true"} | options)

    def test_api_where_it_answers(self, sandbox: Sandbox) -> None:
        desk = self.auto(sandbox)
        since, staged = now(sandbox), desk.staged()
        assert staged.refs["driver"] == "api"
        receipt = desk.adapter.publish(staged, lambda: None)
        assert isinstance(receipt, Receipt)
        assert [hit.remote_id for hit in desk.adapter.find(staged, since).hits] == [receipt.remote_id]
        assert desk.adapter.whoami().name
        desk.adapter.withdraw(receipt)
        assert desk.live() == []
        desk.adapter.close()

    @pytest.mark.parametrize("refusal", [403, 404])
    def test_person_where_the_pilot_is_closed(self, sandbox: Sandbox, refusal: int) -> None:
        desk = self.auto(sandbox)
        desk.switch(pilot=False, pilot_refusal=refusal)
        staged = desk.staged()
        assert staged.refs["driver"] == "handoff"
        assert str(refusal) in staged.refs["why"]
        assert isinstance(desk.adapter.publish(staged, lambda: None), Pending)
        assert not desk.adapter.find(staged, now(sandbox)).permitted
        assert "person" in desk.adapter.whoami().warnings[0]
        with pytest.raises(Rejected, match="by hand"):
            desk.adapter.withdraw(Receipt(remote_id="Ugkx", remote_url="https://www.youtube.com/post/Ugkx"))
        assert desk.inserts() == 0

    def test_person_where_the_credentials_are_dead(self, sandbox: Sandbox) -> None:
        desk = self.auto(sandbox)
        desk.switch(youtube_revoked=True)
        assert "invalid_grant" in desk.staged().refs["why"]

    def test_outage_hands_nothing_over(self, sandbox: Sandbox) -> None:
        desk = self.auto(sandbox)
        desk.order(kind=Kind.STATUS, role="read", status=503)
        with pytest.raises(Unreachable):
            desk.staged()

    def test_choice_stays_for_later_attempts(self, sandbox: Sandbox) -> None:
        desk = self.auto(sandbox)
        desk.switch(pilot=False)
        staged = desk.staged()
        desk.switch(pilot=True)
        assert desk.adapter.stage(staged.composed, {}.__getitem__, staged) == staged

    def test_not_approved_asks_nobody(self, sandbox: Sandbox) -> None:
        desk = self.auto(sandbox, pilot_approved="false")
        assert isinstance(desk.adapter.publish(desk.staged(), lambda: None), Pending)
        assert "pilot_approved" in desk.adapter.whoami().warnings[0]
        assert desk.requests() == 0
