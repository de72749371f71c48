"""R1 to R6, R13, R17, R19 and R20: how an attempt is opened, fenced, put on the wire and taken over."""

from tests.mutations.mutation import Mutation
from tests.mutations.where import CLAIMS, CLOCKS, DELIVER, JOBS, POSTGRES, RECONCILE, RULES, SENDING, SQLITE, WIRE, X

SENDING_RULES = (
    Mutation(
        rule="R1",
        file="store/moves.py",
        off="the claim does not look whether another worker was faster",
        old="moved = conn.execute(update(posts).where(*_as_seen(post))",
        new="moved = conn.execute(update(posts).where(posts.c.id == post.id)",
        tests=(f"{CLAIMS}test_a_claim_of_what_is_not_queued_is_lost[sqlite]",),
    ),
    Mutation(
        rule="R1",
        file="service/deliver.py",
        off="the intent is committed after the request went out",
        old="    with parts.store.write() as conn:\n        quarantine.recheck(parts, conn)\n        if halt",
        new="    adapter = parts.adapter(channel.name, send.SEND)\n"
        "    adapter.publish(adapter.stage(draft.composed, lambda _: b'', None), lambda: None)\n"
        "    with parts.store.write() as conn:\n        quarantine.recheck(parts, conn)\n        if halt",
        tests=(f"{DELIVER}test_r1_the_intent_is_committed_before_anything_goes_out",),
    ),
    Mutation(
        rule="R2",
        file="store/sqlite.py",
        off="SQLite: commits may be lost at a power cut",
        old='connection.execute("PRAGMA synchronous = FULL")\n'
        "    connection.execute(f\"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}\")\n"
        '    for pragma, wanted in (("journal_mode", "wal"), ("synchronous", _FULL), ',
        new='connection.execute("PRAGMA synchronous = NORMAL")\n'
        "    connection.execute(f\"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}\")\n"
        '    for pragma, wanted in (("journal_mode", "wal"), ',
        tests=(f"{SQLITE}test_r2_connections_are_durable_and_readers_cannot_write",),
    ),
    Mutation(
        rule="R2",
        file="store/postgres.py",
        off="PostgreSQL: synchronous_commit stays what the server says",
        old="THEN set_config('synchronous_commit', 'on', true) END",
        new="THEN current_setting('synchronous_commit') END",
        tests=(f"{POSTGRES}test_r2_commits_are_safe_even_where_the_database_says_otherwise",),
    ),
    Mutation(
        rule="R3",
        file="service/send.py",
        off="a commit of unknown fate is followed by a send",
        old="    except CommitUnknown as error:\n        # R3: only",
        new="    except CommitUnknown as error:\n        if error:\n            return intent, epoch\n"
        "        # R3: only",
        tests=(f"{RULES}test_r3_a_commit_of_unknown_fate_is_never_followed_by_a_send[fence]",),
    ),
    Mutation(
        rule="R3",
        file="store/engine.py",
        off="a warning at COMMIT is not looked at",
        old="warnings = postgres.warnings_of(connection)",
        new="warnings: list[str] = []",
        tests=(f"{POSTGRES}test_r3_a_commit_that_no_standby_has_counts_as_not_kept",),
    ),
    Mutation(
        rule="R4",
        file="service/send.py",
        off="no send dead-line",
        old="if late > channel.windows.send_deadline.total_seconds():",
        new='if late > float("inf"):',
        tests=(f"{DELIVER}test_r4_too_long_between_fence_and_write_means_nothing_is_written",),
    ),
    Mutation(
        rule="R4",
        file="service/send.py",
        off="the dead-line runs on the wall clock",
        old="late = parts.clock.elapsed() - started",
        new="late = (parts.clock.now() - post.changed_at).total_seconds()",
        tests=(f"{DELIVER}test_d18_the_send_dead_line_does_not_follow_the_wall_clock",),
    ),
    Mutation(
        rule="R4",
        file="platforms/_wire.py",
        off="the dead-line is checked after the write",
        old="        self.exchange.connected(self.sock)\n        super().request(*args, **options)\n",
        new="        super().request(*args, **options)\n        self.exchange.connected(self.sock)\n",
        tests=(f"{WIRE}test_the_guard_stops_the_send_with_nothing_written",),
    ),
    Mutation(
        rule="R4",
        file="platforms/_wire.py",
        off="a lost connection is made anew after the check",
        old="        self.auto_open = 0\n",
        new="",
        tests=(f"{WIRE}test_r4_no_new_connection_after_the_guard",),
    ),
    Mutation(
        rule="R5",
        file="platforms/_wire.py",
        off="the dead-line is checked first and signed afterwards",
        old="        self._check(text)\n        return super().request(",
        new="        self._check(text)\n        if self._guarded is not None:\n"
        "            check, self._guarded.guard = self._guarded.guard, lambda: None\n            check()\n"
        "        return super().request(",
        tests=(f"{CLOCKS}test_r5_the_signature_is_made_before_the_dead_line_is_checked",),
    ),
    Mutation(
        rule="R6",
        file="platforms/_wire.py",
        off="the HTTP library sends again when the answer is lost",
        old="never = Retry(0, read=False, redirect=0, respect_retry_after_header=False)",
        new="never = Retry(2, allowed_methods=None)",
        tests=(f"{X}test_wire_fault[drop-after]",),
    ),
    Mutation(
        rule="R6",
        file="platforms/_wire.py",
        off="an SDK may send twice inside one guarded send",
        old="        self._guarded.spent = True\n",
        new="",
        tests=(f"{WIRE}test_r6_a_second_request_in_one_send_is_refused_and_the_first_answer_counts",),
    ),
    Mutation(
        rule="R6",
        file="platforms/_wire.py",
        off="no bound on the whole exchange",
        old="        self._timer.start()\n",
        new="        self._timer.cancel()\n",
        tests=(f"{WIRE}test_r7_written_but_not_answered_is_unknown[_trickle]",),
    ),
    Mutation(
        rule="R13",
        file="service/deliver.py",
        off="tokens are counted and not drawn",
        old="token = secrets.token_hex(16)\n",
        new='token = f"{post.id}-{post.attempts + 1}"\n',
        tests=(f"{RULES}test_r13_tokens_are_random_and_never_used_again",),
    ),
    Mutation(
        rule="R17",
        file="store/sending.py",
        off="the last writer wins what was staged",
        old="update(posts).where(*_owned(post), posts.c.staged.is_(None))",
        new="update(posts).where(*_owned(post))",
        tests=(f"{CLAIMS}test_r17_what_was_staged_first_is_kept[sqlite]",),
    ),
    Mutation(
        rule="R17",
        file="service/send.py",
        off="each worker publishes its own draft",
        old="return Staged(composed=post.payload, refs=refs)",
        new="return staged",
        tests=(f"{RULES}test_r17_only_what_was_staged_first_is_published",),
    ),
    Mutation(
        rule="R19",
        file="store/queries.py",
        off="a tick takes what is due by the clock, whatever its state",
        old="posts.c.state == constant(State.QUEUED), mine, posts.c.due_at",
        new="mine, posts.c.due_at",
        tests=(f"{RULES}test_r19_a_tick_that_runs_never_or_ten_times_changes_nothing",),
    ),
    Mutation(
        rule="R20",
        file="service/reconcile.py",
        off="a lease that ran out means that nothing was sent",
        old='fenced = posts.was_fenced(conn, post.token or "")',
        new="fenced = False",
        tests=(f"{RULES}test_r20_a_lease_that_ran_out_says_nothing_about_what_was_sent",),
    ),
    Mutation(
        rule="R20",
        file="store/queries.py",
        off="recovery does not wait for the lease",
        old="over = or_(posts.c.lease_until < now, posts.c.lease_until > now + FARTHEST)",
        new="over = or_(posts.c.lease_until < now, posts.c.lease_until > now)",
        tests=(f"{RULES}test_r20_a_lease_that_holds_keeps_others_away",),
    ),
    Mutation(
        rule="R20",
        file="service/reconcile.py",
        off="a process takes over what it is doing itself",
        old="return [post for post in found.values() if post.token not in parts.active]",
        new="return list(found.values())",
        tests=(f"{SENDING}test_a_slow_staging_is_not_taken_over_by_its_own_process",),
    ),
    Mutation(
        rule="R19",
        file="fleet/jobs.py",
        off="a job that is stuck is believed for ever",
        old=" if now - self._since.get(job.id or 0, now) < believed}",
        new="}",
        tests=(f"{JOBS}test_an_alarm_waits_once_and_a_stuck_one_is_not_believed_for_long",),
    ),
    Mutation(
        rule="R19",
        file="service/reconcile.py",
        off="the sweep does not go by the table",
        old="        looks = posts.to_look_up(conn, now, farthest=_longest_wait(parts))\n",
        new="        looks: list[Post] = []\n",
        tests=(
            f"{RULES}test_r19_a_tick_that_runs_never_or_ten_times_changes_nothing",
            f"{RECONCILE}test_d02_a_live_post_is_found_and_adopted",
        ),
    ),
)
