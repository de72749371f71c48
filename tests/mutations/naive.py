"""How others deliver: whole designs that duplicate or lose, each as one replacement. They must show red too."""

from tests.mutations.mutation import Mutation
from tests.mutations.where import DELIVER, RECONCILE, SETTLE, X

NAIVE = (
    Mutation(
        rule="naive",
        file="service/deliver.py",
        off="post, then record",
        old="    claimed = _claim(parts, channel, post, draft)\n    if claimed is not None and",
        new="    adapter = parts.adapter(channel.name, send.SEND)\n"
        "    receipt = adapter.publish(adapter.stage(draft.composed, lambda _: b'', None), lambda: None)\n"
        '    claimed: Post | None = send.record(parts, post, receipt, reason="")\n'
        "    if claimed:\n        return claimed\n    if claimed is not None and",
        tests=(f"{DELIVER}test_r1_the_intent_is_committed_before_anything_goes_out",),
    ),
    Mutation(
        rule="naive",
        file="service/send.py",
        off="record, then post",
        old="    reached(Boundary.JOURNALED)\n",
        new="    made_up = Receipt(remote_id=post.id, remote_url=channel.name, platform_at=None)\n"
        '    record(parts, post, made_up, reason="")\n',
        tests=(f"{DELIVER}test_a_lost_answer_is_unknown_and_not_sent_again",),
    ),
    Mutation(
        rule="naive",
        file="core/retry.py",
        off="blind retry: an unknown outcome counts as not sent",
        old="doubtful = phase is Phase.PUBLISH and error.happened is Happened.MAYBE",
        new="doubtful = False",
        tests=(
            f"{DELIVER}test_a_lost_answer_is_unknown_and_not_sent_again",
            f"{RECONCILE}test_d02_a_live_post_is_found_and_adopted",
        ),
    ),
    Mutation(
        rule="naive",
        file="service/send.py",
        off="blind retry: the request is sent again at once",
        old="        return adapter.publish(staged, guard)\n    except PlatformError:\n        raise\n",
        new="        return adapter.publish(staged, guard)\n    except OutcomeUnknown:\n"
        "        return adapter.publish(staged, guard)\n    except PlatformError:\n        raise\n",
        tests=(f"{DELIVER}test_a_lost_answer_is_unknown_and_not_sent_again",),
    ),
    Mutation(
        rule="naive",
        file="core/settle.py",
        off="blind retry: whatever the look-up says, send again",
        old="    if not look.permitted:\n",
        new="    if channel is not None:\n"
        '        return Verdict(event=Event.RESEND, reason="try again", clean=True)\n    if not look.permitted:\n',
        tests=(f"{RECONCILE}test_d21_lag_within_the_window_never_leads_to_a_second_post",),
    ),
    Mutation(
        rule="naive",
        file="platforms/_twitter_errors.py",
        off="a 5xx means that nothing was posted, so wait and send again",
        old="    return (kind or doubt)(message,",
        new="    return (kind or Unreachable)(message,",
        tests=(f"{X}test_wire_fault[503-after]",),
    ),
    Mutation(
        rule="naive",
        file="core/settle.py",
        off="no settle window: absent once is absent",
        old="    if elapsed < settle:\n",
        new="    if elapsed < timedelta(0):\n",
        tests=(
            f"{SETTLE}test_r10_one_second_before_the_end_of_the_window_proves_nothing",
            f"{RECONCILE}test_d21_lag_within_the_window_never_leads_to_a_second_post",
        ),
    ),
    Mutation(
        rule="naive",
        file="service/send.py",
        off="every error is a failure that a person may retry",
        old="        decision = retry.decide(error, phase=phase, post=post, channel=channel, now=now)\n    with",
        new="        decision = Decision(event=Event.REFUSED, result=Result.REFUSED, reason=str(error))\n    with",
        tests=(f"{DELIVER}test_a_lost_answer_is_unknown_and_not_sent_again",),
    ),
)
