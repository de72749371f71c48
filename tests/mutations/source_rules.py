"""Rules of what is read: floods, identity, edits, outages (F01–F27), and of time (T02, T07): each switched off once."""

from tests.mutations.mutation import Mutation

_GUARDS = "tests/service/test_guards.py::"
_TITLES = "tests/service/test_guards_titles.py::"
_EDITS = "tests/service/test_guards_edits.py::"
_OUTAGE = "tests/service/test_guards_outage.py::"
_TIMING = "tests/service/test_guards_timing.py::"
_POLL = "tests/service/test_poll.py::"
_ZONES = "tests/unit/test_timing_zones.py::"
_IDENTITY = "tests/sources/test_identity.py::"

_FLOODS = (
    Mutation(
        rule="F08",
        file="core/guards.py",
        off="any number of new articles is plausible",
        old="    if new <= limit:\n",
        new="    if new <= limit or limit:\n",
        tests=(f"{_GUARDS}test_f08_a_flood_is_held_whole_and_told_once",),
    ),
    Mutation(
        rule="F08",
        file="store/articles.py",
        off="what is held is planned like everything else",
        old="_WAITING = _UNPLANNED.where(articles.c.batch.is_(None))\n",
        new="_WAITING = _UNPLANNED\n",
        tests=(f"{_GUARDS}test_f08_a_flood_is_held_whole_and_told_once",),
    ),
    Mutation(
        rule="F08",
        file="service/guards.py",
        off="each poll of a flood is an alarm of its own",
        old="    joined = next(iter((*waiting, *begun)), None)\n",
        new="    joined = next(iter(begun), None)\n",
        tests=(f"{_GUARDS}test_f08_more_of_the_flood_joins_it_and_ordinary_news_flows_beside_it",),
    ),
    Mutation(
        rule="F08",
        file="service/guards.py",
        off="a trickle of known headlines beside a flood is news",
        old="    if len(again) < (1 if waiting else guards.ECHOES):\n",
        new="    if len(again) < guards.ECHOES:\n",
        tests=(f"{_GUARDS}test_f08_a_trickle_of_known_headlines_joins_the_flood",),
    ),
    Mutation(
        rule="F08",
        file="service/guards.py",
        off="a small archive under new names is news",
        old="    if not waiting and len(new) < guards.ECHOES:\n",
        new="    if not waiting:\n",
        tests=(f"{_GUARDS}test_f08_a_small_document_that_comes_again_under_new_names_is_held",),
    ),
    Mutation(
        rule="F08",
        file="service/remember.py",
        off="a flood that is held makes the next one look usual",
        old="    new = 0 if first else min(done.planned, judgement.believed(given))\n",
        new="    new = 0 if first else len(found.fresh)\n",
        tests=(f"{_GUARDS}test_f08_the_history_learns_neither_from_a_baseline_nor_from_a_flood_that_is_held",),
    ),
    Mutation(
        rule="F08",
        file="store/batches.py",
        off="a decision counts for what joined after it was looked at",
        old="batches.c.decision.is_(None), batches.c.size == batch.size)\n",
        new="batches.c.decision.is_(None))\n",
        tests=(f"{_GUARDS}test_a_decision_binds_to_what_was_looked_at",),
    ),
    Mutation(
        rule="F10",
        file="service/intake.py",
        off="old news is news",
        old="self.now - entry.published_at > self.source.max_age\n",
        new="self.now is None\n",
        tests=(f"{_GUARDS}test_f10_fifty_at_once_after_weeks_of_silence",),
    ),
    Mutation(
        rule="F10",
        file="service/batches.py",
        off="what has become too old while it was held is posted",
        old="    old = [article for article in found if not with_old and _dated(article) < oldest]\n",
        new="    old = [article for article in found if with_old and _dated(article) < oldest]\n",
        tests=(f"{_GUARDS}test_approve_releases_what_is_young_and_skips_what_has_become_too_old",),
    ),
    Mutation(
        rule="F09",
        file="service/remember.py",
        off="a first reading is news",
        old="    done = _first(conn, found, wanted) if first else _later(",
        new="    done = _first(conn, found, wanted) if not reading else _later(",
        tests=(f"{_POLL}test_f09_the_first_reading_is_a_baseline",),
    ),
    Mutation(
        rule="F10",
        file="core/guards.py",
        off="after an outage everything is posted, whatever the route says",
        old="    if policy.newest is not None and newer >= policy.newest:\n",
        new="    if policy.newest is not None and newer < 0:\n",
        tests=(f"{_OUTAGE}test_the_newest_n_are_posted_and_the_others_listed",),
    ),
    Mutation(
        rule="F10",
        file="service/guards.py",
        off="a route that wants to be asked is not",
        old="    if asking:\n",
        new="    if not policies:\n",
        tests=(f"{_OUTAGE}test_ask_holds_even_one_article_and_approve_releases_it",),
    ),
)

_IDENTITIES = (
    Mutation(
        rule="F01",
        file="core/identity.py",
        off="a guid under the other scheme is another guid",
        old='    if not name.startswith("guid:"):\n',
        new='    if name.startswith("guid:"):\n',
        tests=(f"{_TITLES}test_f01_f02_a_guid_that_is_an_address_is_the_same_under_the_other_scheme",),
    ),
    Mutation(
        rule="F01",
        file="core/identity.py",
        off="the address is no name of an entry",
        old="    if entry.canonical_url:\n        names.append",
        new="    if entry.canonical_url and not entry.guid:\n        names.append",
        tests=(f"{_IDENTITY}test_f01_f02_f04_what_keeps_one_of_its_names_is_known_and_nobody_is_asked",),
    ),
    Mutation(
        rule="F11",
        file="core/identity.py",
        off="one shared name merges two stories",
        old="    if known is None or not strange or not _contradicts(entry, strange, known):\n",
        new="    if known is None or not strange or _contradicts(entry, strange, known) is not None:\n",
        tests=(
            f"{_TITLES}test_f11_one_guid_for_another_story_at_another_address_is_held_and_neither_merged_nor_posted",
        ),
    ),
    Mutation(
        rule="F11",
        file="service/doubts.py",
        off="names that contradict each other are nobody's question",
        old="        if other is not None:\n",
        new='        if other is not None and other.title == "":\n',
        tests=(f"{_TITLES}test_f11_one_address_for_another_story_with_another_guid_is_held",),
    ),
    Mutation(
        rule="F11",
        file="core/identity.py",
        off="an address that all items share makes them one",
        old="    shared |= {url for url in groups if _is_home(url)}\n",
        new="    shared = {url for url in groups if _is_home(url)}\n",
        tests=(f"{_TITLES}test_an_address_that_all_items_share_tells_none_of_them_apart",),
    ),
    Mutation(
        rule="F16",
        file="service/last_look.py",
        off="where a link leads to is forgotten",
        old="            articles.add_aliases(conn, article.id, [name])\n",
        new="            articles.known(conn, [name])\n",
        tests=(f"{_EDITS}test_f16_where_the_link_leads_is_one_more_name_of_the_article",),
    ),
    Mutation(
        rule="F05",
        file="service/doubts.py",
        off="the same headline under another address is posted",
        old="    return articles.namesakes(conn, article, since=now - guards.SAME_TITLE)\n",
        new="    return articles.namesakes(conn, article, since=now + guards.SAME_TITLE)\n",
        tests=(f"{_TITLES}test_f05_the_same_headline_under_another_address_is_held_and_says_of_what",),
    ),
)

_EDITED = (
    Mutation(
        rule="F06",
        file="service/corrections.py",
        off="nobody hears of a headline that was changed after posting",
        old="    if not live or before.title == article.title:\n",
        new="    if not live or before.title != article.title:\n",
        tests=(f"{_EDITS}test_f06_an_edit_after_posting_is_told_once_and_never_posted",),
    ),
    Mutation(
        rule="F06",
        file="service/remember.py",
        off="two sections take turns in correcting an article",
        old="        if one.stored.source == source.name or one.stored.source not in configured:\n",
        new="        if one.stored.source in configured:\n",
        tests=(f"{_TITLES}test_the_same_article_in_two_sections_keeps_the_headline_of_its_own_source",),
    ),
    Mutation(
        rule="R22",
        file="service/corrections.py",
        off="approved words go out although the article was corrected",
        old="            hold_back(parts, post, CORRECTED)\n",
        new="            _tell_of_old_words(parts, post)\n",
        tests=(f"{_EDITS}test_r22_a_correction_after_the_approval_holds_the_post_and_tells_once",),
    ),
    Mutation(
        rule="R22",
        file="service/last_look.py",
        off="a correction that nobody followed up is not seen before the send",
        old="    return corrections.CORRECTED if edited and",
        new="    return corrections.CORRECTED if not edited and",
        tests=(f"{_EDITS}test_r22_a_correction_whose_consequences_nobody_drew_is_seen_right_before_the_send",),
    ),
    Mutation(
        rule="F07",
        file="service/last_look.py",
        off="a page that is gone is posted",
        old="    if page.gone:\n",
        new="    if page.gone and page.title:\n",
        tests=(f"{_EDITS}test_f07_right_before_the_send_the_page_is_asked",),
    ),
    Mutation(
        rule="F07",
        file="service/remember.py",
        off="what the source took back is posted",
        old="    corrections.withdraw(parts, kept.gone)\n",
        new="    corrections.withdraw(parts, kept.gone[:0])\n",
        tests=(f"{_EDITS}test_f07_what_the_source_no_longer_shows_is_held_and_a_person_is_asked_once",),
    ),
    Mutation(
        rule="F07",
        file="service/corrections.py",
        off="a headline that takes the story back is a headline",
        old="    if guards.withdrawn(article.title):\n",
        new="    if not article.title:\n",
        tests=(f"{_EDITS}test_f07_a_headline_that_takes_the_story_back_holds_what_waits",),
    ),
)

_TIMES = (
    Mutation(
        rule="T02",
        file="core/timing.py",
        off="a wall time that clocks skip is an hour late",
        old="    if after <= before:\n",
        new="    if after <= before or fold == 0:\n",
        tests=(f"{_ZONES}test_t02_known_nights",),
    ),
    Mutation(
        rule="T07",
        file="core/timing.py",
        off="the hour that autumn repeats is quiet once only",
        old="    end = first if first > at else second\n",
        new="    end = first if first > at or second > at else second\n",
        tests=(f"{_ZONES}test_t02_t07_quiet_hours_by_the_clock_on_the_wall_in_all_zones",),
    ),
    Mutation(
        rule="stabilise",
        file="core/plan.py",
        off="an article is posted while it still changes",
        old="    if route.stabilise is not None and not match.breaking:\n        wanted",
        new="    if route.stabilise is not None and match.breaking:\n        wanted",
        tests=(f"{_TIMING}test_an_article_that_does_not_change_is_posted_when_it_was_quiet_for_long_enough",),
    ),
    Mutation(
        rule="stabilise",
        file="core/timing.py",
        off="an article that changes for ever is never posted",
        old="    return min(max(first_seen_at + stabilise.minimum, calm), first_seen_at + stabilise.maximum)\n",
        new="    return max(first_seen_at + stabilise.minimum, calm)\n",
        tests=(f"{_TIMING}test_each_edit_moves_it_and_the_maximum_ends_the_waiting",),
    ),
    Mutation(
        rule="undo",
        file="core/plan.py",
        off="nobody has time to take a post back",
        old="max(wanted, planned_at + channel.undo, now)",
        new="max(wanted, planned_at, now)",
        tests=(f"{_TIMING}test_undo_nothing_goes_out_within_the_time_after_planning_and_a_drop_then_works",),
    ),
)

SOURCE_RULES = (*_FLOODS, *_IDENTITIES, *_EDITED, *_TIMES)
