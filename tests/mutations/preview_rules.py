"""What makes a preview believable: it is the request, it is inert, nothing is asked of anybody. Each switched off."""

from tests.mutations.mutation import Mutation

_PAGE = "tests/unit/test_preview_page.py::"
_PARTS = "tests/unit/test_preview_parts.py::"
_FOLD = "tests/unit/test_preview_fold.py::"
_PNG = "tests/unit/test_preview_png.py::"
_CARD = "tests/service/test_linkcard.py::"

PREVIEW_RULES = (
    Mutation(
        rule="preview",
        file="cli/drawing.py",
        off="titles are markup",
        old="        autoescape=True,\n",
        new="        autoescape=False,\n",
        tests=(f"{_PAGE}test_the_page_is_inert_and_complete_in_itself",),
    ),
    Mutation(
        rule="preview",
        file="cli/drawing.py",
        off="the page may load what it likes",
        old="default-src 'none';",
        new="default-src *;",
        tests=(f"{_PAGE}test_the_policy_allows_this_style_sheet_and_nothing_else",),
    ),
    Mutation(
        rule="preview",
        file="cli/preview_page.py",
        off="a page is written while it is read",
        old="        fresh.replace(target)\n",
        new="        target.write_bytes(data)\n",
        tests=(f"{_PAGE}test_a_page_is_replaced_whole_and_nothing_is_left_beside_it",),
    ),
    Mutation(
        rule="preview",
        file="cli/preview_page.py",
        off="a pipe is replaced by a file",
        old="    if target.exists() and not target.is_file():",
        new="    if target.exists() and not target.exists():",
        tests=(f"{_PAGE}test_what_is_no_file_is_written_to_and_not_replaced",),
    ),
    Mutation(
        rule="preview",
        file="cli/preview_posts.py",
        off="link cards show what our source says",
        old="        seen = self._page_of(self._article)\n",
        new="        seen = self._page_of(self._article) and self._article\n",
        tests=(f"{_PARTS}test_cards_are_what_the_page_says_and_not_the_source",),
    ),
    Mutation(
        rule="preview",
        file="cli/preview_posts.py",
        off="follow-ups cost nothing",
        old="sum((part.composed.cost for part in self.parts), self.composed.cost)",
        new="sum((part.composed.cost for part in ()), self.composed.cost)",
        tests=(f"{_PARTS}test_what_all_costs_is_the_sum_of_posts_and_follow_ups",),
    ),
    Mutation(
        rule="preview",
        file="cli/preview_fold.py",
        off="a fold tears signs",
        old='regex.finditer(r"\\X", piece.text)',
        new='regex.finditer(r"(?s).", piece.text)',
        tests=(f"{_FOLD}test_no_sign_is_torn_where_a_line_is_full",),
    ),
    Mutation(
        rule="preview",
        file="cli/preview_fold.py",
        off="what is folded away is gone",
        old="        start = end\n",
        new="        start = end + 1\n",
        tests=(f"{_FOLD}test_no_text_loses_anything_and_no_sign_is_torn",),
    ),
    Mutation(
        rule="preview",
        file="cli/preview_png.py",
        off="a picture of a page that wanted more is kept",
        old="    if asked:\n",
        new="    if asked is None:\n",
        tests=(f"{_PNG}test_a_page_that_wants_something_from_outside_gets_nothing_and_gives_no_picture",),
    ),
    Mutation(
        rule="preview",
        file="cli/preview_png.py",
        off="scripts run in the browser",
        old="        java_script_enabled=False,\n",
        new="        java_script_enabled=True,\n",
        tests=(f"{_PNG}test_scripts_do_not_run",),
    ),
    Mutation(
        rule="X16",
        file="service/linkcard.py",
        off="a public feed may name a private page",
        old="known.get(article.source, by_hand and bool(typed))",
        new="known.get(article.source, by_hand and bool(typed)) or True",
        tests=(f"{_CARD}test_x16_a_private_address_is_read_only_where_the_newsroom_named_it",),
    ),
    Mutation(
        rule="preview",
        file="sources/linkcard.py",
        off="a parser's answer is believed",
        old='absolute(fields.get("image"), base="https:") or ""',
        new='fields.get("image", "")',
        tests=(f"{_CARD}test_a_parsers_answer_is_not_believed",),
    ),
)
