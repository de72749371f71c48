"""Rules of fetching and parsing (F12–F30, X16, X20): each switched off once."""

from tests.mutations.mutation import Mutation

_FETCH = "tests/sources/test_fetch.py::"
_CHILD = "tests/sources/test_child.py::"
_BOMBS = "tests/sources/test_bombs.py::"
_SSRF = "tests/sources/test_ssrf.py::"
_PACE = "tests/service/test_pace.py::"
_SWEEP = "tests/service/test_sweep.py::"
_POLLING = "tests/service/test_polling.py::"
_INBOX = "tests/service/test_inbox.py::"
_RHYTHM = "tests/unit/test_rhythm.py::"

_ANSWERS = (
    Mutation(
        rule="F12",
        file="sources/_fetch.py",
        off="the same body is parsed again when the server calls it new",
        old="            if found and known and (found.url, found.digest) == (known.url, known.digest):\n",
        new="            if found and known and found.digest == known.url:\n",
        tests=(f"{_FETCH}test_f12_the_same_body_is_unchanged_whatever_its_server_says",),
    ),
    Mutation(
        rule="F12",
        file="sources/_fetch.py",
        off="the same body at another address is taken for the document",
        old="            if found and known and (found.url, found.digest) == (known.url, known.digest):\n",
        new="            if found and known and found.digest == known.digest:\n",
        tests=(f"{_FETCH}test_f12_the_same_body_is_unchanged_whatever_its_server_says",),
    ),
    Mutation(
        rule="F13",
        file="sources/_reading.py",
        off="validators of a document that was read in part are kept",
        old="        validators = fetched.validators if self.complete else None\n",
        new="        validators = fetched.validators\n",
        tests=(f"{_POLLING}test_f13_what_was_read_in_part_is_fetched_and_parsed_again",),
    ),
    Mutation(
        rule="F15",
        file="service/pace.py",
        off="nobody hears of a source that fails again and again",
        old="    elif after.failures >= ALARM_AFTER > before.failures:\n",
        new="    elif after.failures >= 10**9 > before.failures:\n",
        tests=(f"{_PACE}test_f15_five_failures_in_a_row_are_one_alarm_and_recovery_another",),
    ),
    Mutation(
        rule="F16",
        file="sources/_fetch.py",
        off="a detour counts as a move for good",
        old="            for_good = for_good and answer.for_good\n",
        new="            for_good = for_good or answer.for_good\n",
        tests=(f"{_FETCH}test_f16_what_moved_for_good_is_told_apart_from_a_detour",),
    ),
    Mutation(
        rule="F16",
        file="service/pace.py",
        off="a move is believed at once",
        old="    return state.moved_polls >= MOVED_POLLS and now - state.moved_at >= MOVED_AFTER\n",
        new="    return True\n",
        tests=(f"{_PACE}test_f16_a_move_on_its_own_site_is_believed_after_a_day_and_three_polls",),
    ),
    Mutation(
        rule="F16",
        file="service/pace.py",
        off="a move to another site is believed",
        old="now=now) and same_site(source.url, str(state.moved_to))\n",
        new="now=now)\n",
        tests=(f"{_PACE}test_f16_a_move_to_another_site_is_told_once_and_never_believed",),
    ),
    Mutation(
        rule="F17",
        file="service/pace.py",
        off="what is gone is asked for ever",
        old="    if gone and state.gone_at is not None and now - state.gone_at >= GONE_AFTER:\n",
        new="    if gone and state.gone_at is not None and now - state.gone_at >= 99999 * GONE_AFTER:\n",
        tests=(f"{_PACE}test_f17_gone_on_two_days_pauses_the_source_and_is_told_once",),
    ),
    Mutation(
        rule="F17",
        file="service/pace.py",
        off="the server's Retry-After is ignored",
        old="    wait = max(wait, error.retry_after or timedelta(0))\n",
        new="    wait = max(wait, timedelta(0))\n",
        tests=(f"{_PACE}test_f17_the_server_s_own_word_on_when_to_come_back_is_kept",),
    ),
)

_CROWD = (
    Mutation(
        rule="F18",
        file="service/sweep.py",
        off="slow sources keep their places",
        old="            self._slow.add(task)\n        self._fill()\n",
        new="            self._running[task] = late\n",
        tests=(f"{_SWEEP}test_f18_fifty_slow_ones_do_not_hold_up_fifty_good_ones",),
    ),
    Mutation(
        rule="F18",
        file="service/sweep.py",
        off="any number of sources may be slow at once",
        old="            if since > late or len(self._slow) >= SLOW_MOST:\n",
        new="            if since > late:\n",
        tests=(f"{_SWEEP}test_f18_however_many_are_slow_what_is_open_stays_bounded",),
    ),
    Mutation(
        rule="F30",
        file="service/sweep.py",
        off="all places may be at one host",
        old="_Host(PER_HOST if name else self._places + SLOW_MOST)",
        new="_Host(self._places + SLOW_MOST)",
        tests=(f"{_SWEEP}test_f30_few_at_a_time_at_one_host_while_others_use_the_places",),
    ),
    Mutation(
        rule="F30",
        file="service/pace.py",
        off="a source may be asked every second",
        old="    return wait if source.allow_private else max(wait, FLOOR)\n",
        new="    return wait\n",
        tests=(f"{_PACE}test_f30_nobody_else_s_server_is_asked_more_than_once_a_minute",),
    ),
    Mutation(
        rule="F30",
        file="core/rhythm.py",
        off="all sources are asked in the same moment",
        old='int.from_bytes(digest, "big") / 2**32)\n',
        new="0)\n",
        tests=(f"{_RHYTHM}test_f30_jitter_is_the_same_for_the_same_poll_never_longer_and_spread",),
    ),
)

_PARSERS = (
    Mutation(
        rule="F22",
        file="confined/inside.py",
        off="a document may take any processor time",
        old="        signal.setitimer(signal.ITIMER_PROF, cpu)\n",
        new="",
        tests=(f"{_BOMBS}test_f22_a_bomb_that_no_check_knows_ends_at_the_limit",),
    ),
    Mutation(
        rule="F22",
        file="confined/cell.py",
        off="a document may take any memory",
        old="        (resource.RLIMIT_AS, memory),\n",
        new="",
        tests=(f"{_CHILD}test_f22_what_costs_too_much_ends_its_process_and_nothing_else",),
    ),
    Mutation(
        rule="F24",
        file="sources/_inside.py",
        off="what a parser raises ends its process",
        old="    except Exception as error:  # noqa: BLE001\n",
        new="    except ZeroDivisionError as error:\n",
        tests=(f"{_CHILD}test_f24_whatever_a_parser_raises_is_an_error_of_the_source",),
    ),
    Mutation(
        rule="X20",
        file="confined/cell.py",
        off="the kernel filters nothing",
        old='    return ("limits", "calls") if _filter_calls() else ("limits",)\n',
        new='    return ("limits",)\n',
        tests=(f"{_CHILD}test_x20_a_parser_opens_nothing_and_reaches_nobody",),
    ),
    Mutation(
        rule="X20",
        file="confined/cell.py",
        off="where the kernel filters nothing, files may be opened",
        old="        (resource.RLIMIT_NOFILE, files),\n",
        new="",
        tests=(f"{_CHILD}test_x20_limits_alone_leave_no_room_for_a_file_or_a_socket",),
    ),
    Mutation(
        rule="X20",
        file="confined/process.py",
        off="a parser gets our environment",
        old="                env=_environment(),\n",
        new="                env=None,\n",
        tests=(f"{_CHILD}test_x20_no_secret_is_in_the_environment",),
    ),
    Mutation(
        rule="X20",
        file="sources/_frames.py",
        off="any address that a parser says is believed",
        old='    if text and text[:8].lower().partition("://")[0] not in {"http", "https"}:\n',
        new="    if not isinstance(text, str):\n",
        tests=("tests/sources/test_frames.py::test_a_field_of_another_kind_or_size_is_refused",),
    ),
    Mutation(
        rule="X20",
        file="confined/cell.py",
        off="a parser outlives its parent",
        old="    signal.signal(signal.SIGIO, signal.SIG_DFL)\n",
        new="    signal.signal(signal.SIGIO, signal.SIG_IGN)\n",
        tests=(f"{_CHILD}test_the_end_of_the_parent_is_the_end_of_its_parsers",),
    ),
    Mutation(
        rule="X16",
        file="sources/_address.py",
        off="one good address of a name vouches for the others",
        old="        for _, address in addresses:\n",
        new="        for _, address in addresses[:1]:\n",
        tests=(f"{_SSRF}test_x16_one_private_address_among_public_ones_refuses_the_name",),
    ),
    Mutation(
        rule="X16",
        file="sources/_fetch.py",
        off="where a redirect leads is not looked at",
        old="            there = self._check(answer.target)\n",
        new="            there = URL(answer.target)\n",
        tests=(f"{_SSRF}test_x16_a_redirect_leads_to_no_other_service",),
    ),
    Mutation(
        rule="X16",
        file="sources/_fetch.py",
        off="where a page that a person typed redirects to may be private as well",
        old="            if self._outside is not None and not _is_at(answer.target, url):\n",
        new="            if False and self._outside is not None:\n",
        tests=(f"{_SSRF}test_x16_what_a_person_typed_may_be_private_but_not_what_it_leads_to",),
    ),
    Mutation(
        rule="X16",
        file="sources/_fetch.py",
        off="what a typed page names may be private as well",
        old="        allow_private = allow_private and (not self._named or _is_at(url, self._named))\n",
        new="",
        tests=(f"{_SSRF}test_x16_a_typed_page_names_no_other_private_address",),
    ),
)

_TOGETHER = (
    Mutation(
        rule="F13",
        file="service/remember.py",
        off="one reading that cannot be written takes those beside it along",
        old="        return [one for pair in found for one in remember_all(parts, [pair], backfill=backfill)]\n",
        new="        return [error] * len(found)\n",
        tests=(f"{_INBOX}test_f13_one_that_cannot_be_written_stops_no_other_and_keeps_no_validators",),
    ),
    Mutation(
        rule="F18",
        file="store/polls.py",
        off="an unchanged answer counts as written although another process polled meanwhile",
        old="        if count(conn.execute(_update(columns, guarded=True), rows)) != len(rows):\n",
        new="        if count(conn.execute(_update(columns, guarded=True), rows)) < 0:\n",
        tests=(f"{_INBOX}test_an_unchanged_answer_does_not_undo_another_poll",),
    ),
)

READING_RULES = (*_ANSWERS, *_CROWD, *_PARSERS, *_TOGETHER)
