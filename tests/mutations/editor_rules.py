"""R18 and R22: whether drafts are invisible is asked and heeded; what an editor approved is what goes out."""

from tests.mutations.mutation import Mutation
from tests.mutations.where import APPROVAL, PROBE

PROBE_RULES = (
    Mutation(
        rule="R18",
        file="service/probe.py",
        off="a channel of which nothing is known stages all the same",
        old="        return Standing.UNKNOWN\n    if word",
        new="        return Standing.HIDDEN\n    if word",
        tests=(f"{PROBE}test_an_answer_for_another_page_is_none",),
    ),
    Mutation(
        rule="R18",
        file="service/probe.py",
        off="an answer is believed for ever",
        old="EVERY = timedelta(days=7)",
        new="EVERY = timedelta(days=7000)",
        tests=(f"{PROBE}test_r18_a_page_is_probed_before_its_first_post_and_each_week",),
    ),
    Mutation(
        rule="R18",
        file="service/probe.py",
        off="a page that shows drafts is staged for",
        old="    if found is not Standing.SHOWN:\n        return channel\n",
        new="    if found is not None:\n        return channel\n",
        tests=(f"{PROBE}test_r18_a_page_that_shows_drafts_gets_direct_posts_and_one_alarm",),
    ),
    Mutation(
        rule="R18",
        file="service/deliver.py",
        off="a claim does not ask what the probe said",
        old="        obstacle = probe.obstacle(conn, channel, post, draft.composed, now)\n",
        new="        obstacle: Standing | None = None\n",
        tests=(f"{PROBE}test_what_was_frozen_for_staging_goes_to_a_person",),
    ),
    Mutation(
        rule="R18",
        file="service/probe.py",
        off="visible drafts are nobody's alarm",
        old="    if word is Standing.SHOWN and before is not Standing.SHOWN:\n",
        new="    if word is Standing.FREE and before is not Standing.SHOWN:\n",
        tests=(f"{PROBE}test_r18_a_page_that_shows_drafts_gets_direct_posts_and_one_alarm",),
    ),
    Mutation(
        rule="R18",
        file="platforms/_graph_canary.py",
        off="the canary is not looked for",
        old="        where = _seen(graph, page, canary)\n",
        new='        where = ""\n',
        tests=(f"{PROBE}test_r18_a_page_that_shows_drafts_gets_direct_posts_and_one_alarm",),
    ),
    Mutation(
        rule="R18",
        file="platforms/_graph_canary.py",
        off="the canary stays",
        old="    gone = _delete_all(graph, [canary])\n",
        new='    gone = "it stays"\n',
        tests=(f"{PROBE}test_r18_a_page_is_probed_before_its_first_post_and_each_week",),
    ),
)

APPROVAL_RULES = (
    Mutation(
        rule="R22",
        file="service/approval.py",
        off="an approval that names other bytes counts",
        old="    if sha256 and (len(sha256) < SHORTEST or not frozen.startswith(sha256.lower())):\n",
        new="    if sha256 and not frozen:\n",
        tests=(f"{APPROVAL}test_r22_an_approval_that_names_other_bytes_is_refused",),
    ),
    Mutation(
        rule="R22",
        file="service/approval.py",
        off="an edit after the freezing is not shown to the editor",
        old="    if not sha256 and (change := changed(parts, post)) is not None:\n",
        new="    if sha256 and (change := changed(parts, post)) is not None:\n",
        tests=(f"{APPROVAL}test_r22_changed_words_are_not_approved_unseen",),
    ),
    Mutation(
        rule="R22",
        file="core/lifecycle.py",
        off="an approval outlives the bytes it was given for",
        old="    (State.QUEUED, Event.RECOMPOSE): State.HELD,\n",
        new="    (State.QUEUED, Event.RECOMPOSE): State.QUEUED,\n",
        tests=(f"{APPROVAL}test_r22_composing_anew_voids_the_approval",),
    ),
    Mutation(
        rule="R22",
        file="service/admin.py",
        off="a draft of the old bytes stays with the new ones",
        old="        staged=None,\n        expires_at=max(post.expires_at",
        new="        expires_at=max(post.expires_at",
        tests=(f"{APPROVAL}test_r22_drafts_of_the_old_bytes_are_not_published_with_the_new_ones",),
    ),
    Mutation(
        rule="R22",
        file="service/admin.py",
        off="a retry composes anew what somebody had approved, and sends it",
        old="    anew = freeze_anew(parts, post) if _was_approved(parts, post) else None\n",
        new="    anew = freeze_anew(parts, post) if not _was_approved(parts, post) else None\n",
        tests=(f"{APPROVAL}test_r22_a_retry_does_not_smuggle_new_words_past_the_editor[True]",),
    ),
    Mutation(
        rule="R22",
        file="core/answers.py",
        off="what may be live is composed anew",
        old='    if post.state not in (State.HELD, State.QUEUED):\n        return "only what was not sent yet',
        new='    if post.state in (State.SENDING,):\n        return "only what was not sent yet',
        tests=(f"{APPROVAL}test_r22_what_may_be_live_is_not_composed_anew",),
    ),
)
