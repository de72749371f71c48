"""Rules of the lint, of golden renderings and of the backtest: each switched off once."""

from tests.mutations.mutation import Mutation

_BACKTEST = "tests/service/test_backtest.py::"
_LINT = "tests/unit/test_teaser_lint.py::"
_GOLDEN = "tests/e2e/test_templates_cli.py::"

_PLAYED = (
    Mutation(
        rule="backtest",
        file="service/backtest_outbox.py",
        off="what has gone stale goes out",
        old="            if stale:\n",
        new="            if stale is None:\n",
        tests=(f"{_BACKTEST}test_a_daily_cap_and_patience",),
    ),
    Mutation(
        rule="backtest",
        file="service/backtest_outbox.py",
        off="a story that was taken back goes out",
        old="        if judgement.withdrawn(made.article.title):\n",
        new='        if judgement.withdrawn(""):\n',
        tests=(f"{_BACKTEST}test_the_words_are_those_that_stood_there_then",),
    ),
    Mutation(
        rule="backtest",
        file="service/backtest_lane.py",
        off="what was really sent before counts for no budget",
        old="            if one.channel == self.channel.name:\n",
        new="            if one.channel is None:\n",
        tests=(f"{_BACKTEST}test_what_was_really_sent_before_counts",),
    ),
    Mutation(
        rule="backtest",
        file="service/backtest_history.py",
        off="an article always read as it does now",
        old="        read_as = replace(article, title=title, summary=summary, url=url, revised_at=revised_at)\n",
        new="        read_as = replace(article, summary=summary, url=url, revised_at=revised_at)\n",
        tests=(f"{_BACKTEST}test_the_words_are_those_that_stood_there_then",),
    ),
    Mutation(
        rule="backtest",
        file="service/backtest_intake.py",
        off="a flood passes",
        old="        if doubt is not None:\n",
        new="        if doubt is not None and news is None:\n",
        tests=(f"{_BACKTEST}test_a_flood_is_held_until_a_person_released_it",),
    ),
    Mutation(
        rule="backtest",
        file="service/backtest_desk.py",
        off="pictures are fetched",
        old="        draft = composer.words(",
        new="        draft = composer.compose(",
        tests=(f"{_BACKTEST}test_a_pictures_alternative_text_is_paid_for_and_no_picture_is_fetched",),
    ),
    Mutation(
        rule="backtest",
        file="service/backtest_difference.py",
        off="other words are no change",
        old="    if before.draft and after.draft and _words(",
        new="    if not before.draft and after.draft and before.draft and _words(",
        tests=(f"{_BACKTEST}test_other_words_are_a_change",),
    ),
)

_TEMPLATES = (
    Mutation(
        rule="lint",
        file="core/teaser_lint.py",
        off="a text that is too long has no line",
        old='        key, hint = (f"line {line}" if line else ""), _TOO_LONG\n',
        new='        key, hint = (f"line {line}" if not line else ""), _TOO_LONG\n',
        tests=(f"{_LINT}test_a_mistake_has_its_line_and_a_remedy",),
    ),
    Mutation(
        rule="lint",
        file="core/teaser_lint.py",
        off="the newsroom's own articles are not tried",
        old="    for label, article in (ARTICLES | dict(samples or {})).items() if not found else ():\n",
        new="    for label, article in (ARTICLES | dict(())).items() if not found or samples else ():\n",
        tests=(f"{_LINT}test_own_articles_are_tried_too",),
    ),
    Mutation(
        rule="golden",
        file="cli/templates_golden.py",
        off="golden renderings of templates that are gone stay",
        old="        if path not in expected:\n",
        new="        if not path:\n",
        tests=(f"{_GOLDEN}test_goldens_of_templates_that_are_gone_are_removed_and_said",),
    ),
    Mutation(
        rule="golden",
        file="core/teaser_golden.py",
        off="signs that nobody can see are not shown",
        old="    return sign not in _SEEN and ",
        new="    return sign in _SEEN and ",
        tests=(f"{_LINT}test_what_nobody_can_see_is_written_by_its_number",),
    ),
)

BACKTEST_RULES = (*_PLAYED, *_TEMPLATES)
