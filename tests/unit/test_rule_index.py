"""Which test keeps which rule of reliability and which law of a post: nobody deletes one of them unnoticed.

A name below is a test function (or a method of the contract suite) somewhere under ``tests``. A rule that is not kept,
or not whole, says so in ``OPEN``; one that becomes kept loses its line there.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import house

RULES: dict[str, tuple[str, ...]] = {
    "R1": (
        "test_r1_the_intent_is_committed_before_anything_goes_out",
        "test_r1_many_threads_claim_one_post_and_one_wins",
        "test_killed_at_every_boundary_on_sqlite",
    ),
    "R2": (
        "test_r2_connections_are_durable_and_readers_cannot_write",
        "test_r2_commits_are_safe_even_where_the_database_says_otherwise",
    ),
    "R3": (
        "test_r3_a_commit_of_unknown_fate_is_never_followed_by_a_send",
        "test_r3_a_commit_that_no_standby_has_counts_as_not_kept",
    ),
    "R4": (
        "test_r4_too_long_between_fence_and_write_means_nothing_is_written",
        "test_r4_the_guard_comes_after_connecting_and_before_the_first_byte",
        "test_r4_no_new_connection_after_the_guard",
        "test_d18_the_send_dead_line_does_not_follow_the_wall_clock",
    ),
    "R5": ("test_r5_the_signature_is_made_before_the_dead_line_is_checked",),
    "R6": (
        "test_r6_every_status_comes_back_after_one_request",
        "test_r6_a_second_request_in_one_send_is_refused_and_the_first_answer_counts",
        "test_r6_publish_is_one_request_and_one_post",
        "test_r6_one_attempt_is_one_request_whatever_comes_of_it",
    ),
    "R7": ("test_r7_publish_errors_of_a_clean_post", "test_r7_written_but_not_answered_is_unknown"),
    "R8": (
        "test_r8_a_duplicate_refusal_is_unknown",
        "test_r8_a_duplicate_refusal_is_remembered_as_such",
        "test_r8_absence_after_a_duplicate_refusal_is_never_resent",
    ),
    "R9": (
        "test_r9_a_refusal_settles_nothing_while_an_earlier_attempt_is_unsettled",
        "test_r9_never_sent_says_nothing_about_earlier_attempts",
    ),
    "R10": (
        "test_r10_the_window_starts_at_the_first_complete_look_up_by_the_platforms_clock",
        "test_r10_after_the_window_strict_asks_and_resend_sends_again",
        "test_r10_one_second_before_the_end_of_the_window_proves_nothing",
        "test_r10_our_own_clock_does_not_end_the_window",
        "test_r10_a_window_too_short_to_prove_absence_is_refused_with_resend",
    ),
    "R11": (
        "test_r11_an_incomplete_look_up_is_not_evidence",
        "test_r11_cached_answer_proves_nothing",
        "test_r11_look_ups_that_prove_nothing_any_more_end_with_a_person",
        "test_r11_a_platforms_clock_before_the_intent_proves_no_absence",
    ),
    "R12": (
        "test_r12_found_by_marker",
        "test_r12_two_hits_go_to_a_person",
        "test_r12_a_remote_post_belongs_to_one_post",
        "test_r12_same_words_from_before_the_intent",
    ),
    "R13": (
        "test_r13_tokens_are_random_and_never_used_again",
        "test_r13_a_verdict_on_an_earlier_doubt_does_not_settle_the_present_one",
    ),
    "R14": (
        "test_r14_a_fail_over_is_noticed_at_every_claim",
        "test_r14_whatever_is_not_final_is_doubted",
        "test_r14_a_quarantine_restarts_the_settle_window",
        "test_r14_a_loss_between_check_and_claim_is_noticed_in_the_claim",
        "test_r14_an_attempt_that_slept_before_its_fence_does_not_send",
        "test_r14_what_is_planned_anew_is_looked_up_first",
        "test_r14_what_an_editor_drops_first_thing_after_a_restore",
        "test_d22_the_last_commits_are_lost",
        "test_r14_after_a_fail_over_what_was_due_is_looked_up_and_not_sent",
        "test_r14_several_machines_at_once_make_one_quarantine",
        "test_r14_a_post_that_is_planned_meanwhile_is_admitted_by_what_the_quarantine_wrote",
    ),
    "R15": (
        "test_r15_what_the_log_lost_is_put_back_with_its_receipt",
        "test_r15_what_has_no_receipt_is_looked_up_before_anything_is_sent",
        "test_r15_a_backup_from_between_claim_and_fence",
        "test_r15_what_another_machine_sent_is_doubted_too",
        "test_r15_what_cannot_be_journaled_is_not_sent",
        "test_r15_a_line_is_durable_before_its_writer_goes_on",
        "test_r15_a_torn_last_line_is_no_line_and_the_next_one_heals_it",
        "test_r15_a_damaged_journal_stops_sending_and_says_what_to_do",
        "test_r15_two_machines_notice_it_and_one_quarantine_is_made",
        "test_r15_a_wrong_date_does_not_hide_what_was_there_at_the_first_reading",
        "test_d25_yesterdays_backup_is_put_back_and_everything_sent_since_is_adopted",
    ),
    "R16": (
        "test_r16_a_receipt_is_taken_in_every_state",
        "test_r16_a_slow_look_up_of_an_earlier_doubt_does_not_settle_the_next_one",
        "test_d15_a_late_success_is_recorded_whatever_happened_meanwhile",
        "test_r16_a_receipt_that_cannot_be_journaled_is_recorded_all_the_same",
        "test_d08_a_receipt_that_could_not_be_recorded_is_recorded_by_the_next_process",
    ),
    "R17": ("test_r17_only_what_was_staged_first_is_published", "test_r17_what_was_staged_first_is_kept"),
    "R18": (
        "test_r18_a_page_is_probed_before_its_first_post_and_each_week",
        "test_r18_a_page_that_shows_drafts_gets_direct_posts_and_one_alarm",
        "test_an_answer_for_another_page_is_none",
    ),
    "R19": (
        "test_r19_a_tick_that_runs_never_or_ten_times_changes_nothing",
        "test_r19_reading_once_or_ten_times_makes_the_same_posts",
        "test_jobs_run_ten_times_and_in_any_order_send_once",
    ),
    "R20": (
        "test_r20_a_lease_that_ran_out_says_nothing_about_what_was_sent",
        "test_r20_a_lease_that_holds_keeps_others_away",
    ),
    "R21": ("test_r21_stale_news_is_skipped_and_named", "test_r21_what_the_platform_accepted_is_never_called_stale"),
    "R22": (
        "test_r22_what_was_approved_is_what_is_sent",
        "test_r22_an_approval_that_names_other_bytes_is_refused",
        "test_r22_changed_words_are_not_approved_unseen",
        "test_r22_composing_anew_voids_the_approval",
        "test_r22_a_retry_does_not_smuggle_new_words_past_the_editor",
        "test_r22_d29_cancelling_while_it_is_sent_means_only_if_it_was_not_sent",
    ),
    "R23": (
        "test_r23_a_log_that_was_there_and_is_gone_is_never_a_new_one",
        "test_r23_a_missing_log_is_refused_and_not_made",
        "test_r23_a_replaced_file_is_noticed",
    ),
}

LAWS: dict[str, tuple[str, ...]] = {
    "law 1": (
        "test_law_1_one_post_per_channel_and_the_first_rule_wins",
        "test_law_1_one_remote_post_belongs_to_one_post",
        "test_law_1_and_8_what_must_be_unique",
    ),
    "law 2": ("test_law_2_published_means_a_receipt_and_a_receipt_means_published",),
    "law 3": ("test_law_3_the_same_view_moves_a_post_once", "test_law_3_one_function_changes_the_state_of_a_post"),
    "law 4": (
        "test_law_4_the_attempt_with_its_bytes_and_marker_is_on_record_before_any_request",
        "test_law_4_the_fence_is_durable_before_publish",
    ),
    "law 5": ("test_law_5_a_lease_that_runs_out", "test_taking_over_and_fencing_exclude_each_other"),
    "law 6": (
        "test_law_6_a_doubtful_post_is_queued_again_only_by_the_resend_event",
        "test_law_6_from_unknown_nothing_is_sent_again_by_time_alone",
        "test_law_6_what_may_never_be_resent_is_not_resent_even_if_the_channel_wants_it",
        "test_law_6_a_channel_that_was_switched_to_repeating_does_not_repeat_what_was_sent_before",
    ),
    "law 7": ("test_law_7_a_receipt_is_recorded_from_every_state",),
    "law 8": ("test_law_8_a_channel_sends_one_post_at_a_time", "test_law_1_and_8_what_must_be_unique"),
    "law 9": ("test_law_9_a_token_is_never_used_twice",),
    "law 10": ("test_law_10_after_an_outage_stale_news_is_skipped_and_told_and_not_burst_out",),
}

OPEN: dict[str, str] = {}
"""Rules that the product does not keep, or not whole, and what is missing."""

EVERY = RULES | LAWS


def defined() -> dict[str, ast.FunctionDef]:
    """Give every test function in the tree by its name."""
    found: dict[str, ast.FunctionDef] = {}
    for path in house.sources("tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name] = node
    return found


@pytest.fixture(scope="module")
def tree() -> dict[str, ast.FunctionDef]:
    return defined()


def test_the_table_covers_every_rule_and_every_law() -> None:
    assert list(RULES) == [f"R{n}" for n in range(1, 24)]
    assert list(LAWS) == [f"law {n}" for n in range(1, 11)]
    assert set(OPEN) <= set(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_its_tests_are_in_the_tree_and_run(tree: dict[str, ast.FunctionDef], name: str) -> None:
    assert EVERY[name] or OPEN.get(name, "").startswith("not yet")
    for test in EVERY[name]:
        assert test in tree, f"{name}: {test} is gone"
        marks = " ".join(ast.unparse(mark) for mark in tree[test].decorator_list)
        assert not re.search(r"\b(xfail|skip)\b", marks), f"{name}: {test} proves nothing while it is marked {marks}"


def test_a_name_with_a_rule_in_it_names_one_that_exists(tree: dict[str, ast.FunctionDef]) -> None:
    named = {test: re.match(r"test_(?:(r)|law_)(\d+)_", test) for test in tree}
    known = {
        test: f"R{match[2]}" if match[1] else f"law {match[2]}" for test, match in named.items() if match is not None
    }
    assert {test: rule for test, rule in known.items() if rule not in EVERY} == {}
    assert set(known.values()) >= {name for name, kept in EVERY.items() if kept}


def _state_writers(folder: Path) -> Iterator[str]:
    """Name the functions below ``folder`` that give a column ``state`` a value in an UPDATE of posts."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "update(posts)" not in text:
            continue
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, ast.FunctionDef):
                continue
            body = ast.unparse(function)
            if "update(posts)" in body and re.search(r"['\"]state['\"]: |values\([^)]*\bstate=", body):
                yield f"{path.stem}.{function.name}"


def test_law_3_one_function_changes_the_state_of_a_post() -> None:
    assert list(_state_writers(house.ROOT / "syndicator")) == ["moves.move"]
