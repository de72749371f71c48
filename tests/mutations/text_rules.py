"""Rules of counting, cutting and of leads (C05, C06, C10, and what no number names): each switched off once."""

from tests.mutations.mutation import Mutation

_NEGATION = "tests/unit/test_text_negation.py::"
_GRAPHEMES = "tests/unit/test_text_graphemes.py::"
_SENTENCES = "tests/unit/test_text_sentences.py::"
_OWN = "tests/unit/test_boilerplate_own.py::"
_FURNITURE = "tests/unit/test_boilerplate.py::"
_FEED = "tests/sources/test_feed_text.py::"
_FULLTEXT = "tests/sources/test_fulltext.py::"

_COUNTING = (
    Mutation(
        rule="C05",
        file="core/text_graphemes.py",
        off="Bluesky's bytes are not counted",
        old="        return max(self.clusters, -(-self.size // _BYTES))\n",
        new="        return self.clusters\n",
        tests=(f"{_GRAPHEMES}test_c05_bluesky_within_the_limit_is_within_both",),
    ),
    Mutation(
        rule="C05",
        file="core/text_graphemes.py",
        off="Mastodon counts the host of a mention",
        old='    found = [(start, end, text.index("@", start + 1) - start) for start, end in handles_in(text)]\n',
        new="    found = [(start, end, end - start) for start, end in handles_in(text)]\n",
        tests=(f"{_GRAPHEMES}test_c05_mastodon_counts_clusters_links_and_mentions",),
    ),
    Mutation(
        rule="C05",
        file="core/text.py",
        off="a handle of the fediverse may be cut through",
        old="        spans = joined([*spans, *handles_in(text)])\n",
        new="        spans = joined(spans)\n",
        tests=(f"{_GRAPHEMES}test_cuts_for_mastodon_keep_links_and_handles_whole",),
    ),
    Mutation(
        rule="C10",
        file="core/text.py",
        off="a cut tears a negation apart",
        old="    return end if earlier == end or earlier < floor else",
        new="    return end if earlier <= end or earlier < floor else",
        tests=(f"{_NEGATION}test_c10_a_cut_steps_back_before_the_negation",),
    ),
    Mutation(
        rule="C10",
        file="core/text_negation.py",
        off="a negation behind the cut is not seen",
        old="        if after in _NEXT or after.startswith(_KOREAN):\n",
        new="        if not after:\n",
        tests=(f"{_NEGATION}test_c10_a_cut_keeps_a_negation_with_what_it_denies",),
    ),
    Mutation(
        rule="C10",
        file="core/text_negation.py",
        off="a negation before the cut is not seen",
        old="    if bare.endswith(_CONTRACTED) or bare in _DENYING or",
        new="    if bare.endswith(_CONTRACTED) or",
        tests=(f"{_NEGATION}test_c10_a_cut_keeps_a_negation_with_what_it_denies",),
    ),
)

_LEADS = (
    Mutation(
        rule="lead",
        file="core/text_paragraphs.py",
        off="a heading is put before the first sentence",
        old="    if real:\n        return real\n",
        new="    if real:\n        return found\n",
        tests=(f"{_SENTENCES}test_a_heading_is_never_glued_to_a_paragraph",),
    ),
    Mutation(
        rule="lead",
        file="core/text_sentences.py",
        off="a quotation is taken apart",
        old="        if any(start < match.start() and end <= close for start, close in quoted):\n",
        new="        if quoted is None:\n",
        tests=(f"{_SENTENCES}test_the_first_sentences_in_every_script",),
    ),
    Mutation(
        rule="lead",
        file="core/text_sentences.py",
        off="Thai has no sentences",
        old="        if length >= _THAI_LONGEST or (length >= _THAI_SENTENCE and",
        new="        if length >= _THAI_LONGEST * 9 or (length < 0 and",
        tests=(f"{_SENTENCES}test_the_first_sentences_in_every_script",),
    ),
    Mutation(
        rule="lead",
        file="core/boilerplate.py",
        off="what a source names is not looked at",
        old="(_is_habit(line) or own.is_line(line))\n",
        new="_is_habit(line)\n",
        tests=(f"{_OWN}test_what_a_source_names_goes",),
    ),
    Mutation(
        rule="lead",
        file="core/boilerplate.py",
        off="furniture around a title with a full stop stays",
        old="        text = text.replace(title, _STAND_IN)\n",
        new="        text = text.replace(_STAND_IN, title)\n",
        tests=(f"{_FURNITURE}test_what_surrounds_the_lead_goes_with_the_title_it_repeats",),
    ),
    Mutation(
        rule="lead",
        file="core/boilerplate_own.py",
        off="a slow expression is believed",
        old="    except TimeoutError:\n        raise",
        new="    except ZeroDivisionError:\n        raise",
        tests=(f"{_OWN}test_a_phrase_that_cannot_be_used_says_why",),
    ),
    Mutation(
        rule="lead",
        file="core/teaser.py",
        off="the phrases of a source never reach its articles",
        old="boilerplate=self._house.boilerplate.get(request.article.source, ()),\n",
        new="boilerplate=(),\n",
        tests=(f"{_OWN}test_a_teaser_is_made_without_what_its_source_names",),
    ),
    Mutation(
        rule="C06",
        file="sources/_plain.py",
        off="references are decoded twice",
        old="    return lines(_unescape(markup))\n",
        new="    return lines(_unescape(_unescape(markup)))\n",
        tests=(f"{_FEED}test_titles_are_decoded_exactly_once",),
    ),
    Mutation(
        rule="lead",
        file="sources/_plain.py",
        off="a caption is text",
        old='("figcaption", "caption", ',
        new='("caption", ',
        tests=(f"{_FEED}test_what_stands_beside_the_text_is_no_text",),
    ),
    Mutation(
        rule="lead",
        file="sources/webpage.py",
        off="a page without a lead has none",
        old="        reading = reading if _fulltext.is_poor(told) else replace(reading, entries=(told,))\n",
        new="        reading = reading if told else replace(reading, entries=(told,))\n",
        tests=(f"{_FULLTEXT}test_a_page_without_a_lead_of_its_own_gets_its_first_paragraphs",),
    ),
    Mutation(
        rule="lead",
        file="sources/webpage.py",
        off="every page pays for the extractor",
        old=" or not _fulltext.is_poor(reading.entries[0]):\n",
        new=" or not reading.entries[0]:\n",
        tests=(f"{_FULLTEXT}test_a_page_that_describes_itself_is_not_asked_for_its_text",),
    ),
)

TEXT_RULES = (*_COUNTING, *_LEADS)
