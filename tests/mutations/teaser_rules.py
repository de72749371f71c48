"""Rules of teasers: what the newsroom's words may do (C01–C10), and follow-ups: each switched off once."""

from tests.mutations.mutation import Mutation

_WORDS = "tests/unit/test_teaser_words.py::"
_CHOICE = "tests/unit/test_teaser_choice.py::"
_FOLLOW = "tests/service/test_followups.py::"
_LIMITS = "tests/service/test_followups_limits.py::"
_THREADS = "tests/contract/test_threads.py::"
_RENDER = "tests/service/test_rendering.py::"
_HOSTILE = "tests/service/test_rendering_hostile.py::"

_TEXT = (
    Mutation(
        rule="C02",
        file="core/text_clean.py",
        off="the beginning of an allowed name allows longer ones",
        old='    return re.compile(rf"(?:{names})(?!\\w)", re.IGNORECASE) if names else None\n',
        new='    return re.compile(rf"(?:{names})", re.IGNORECASE) if names else None\n',
        tests=(f"{_WORDS}test_c02_what_is_allowed_stays_alive_and_nothing_else",),
    ),
    Mutation(
        rule="C02",
        file="core/teaser_context.py",
        off="the first cashtag of a source stays alive",
        old="        self._max_cashtags = None if max_cashtags is None else 0\n",
        new="        self._max_cashtags = max_cashtags\n",
        tests=(f"{_WORDS}test_c02_what_is_allowed_stays_alive_and_nothing_else",),
    ),
    Mutation(
        rule="C02",
        file="core/teaser_text.py",
        off="what is allowed may be more than the platform takes",
        old="    return limit_cashtags(text, max_cashtags)\n",
        new="    return limit_cashtags(text, None)\n",
        tests=(f"{_WORDS}test_c02_the_platforms_own_maximum_holds_for_what_is_allowed",),
    ),
    Mutation(
        rule="C09",
        file="core/teaser_choice.py",
        off="a label is a path",
        old='_FILE_NAME = re.compile(r"[^\\W_][\\w +&.\'-]{0,80}")\n',
        new='_FILE_NAME = re.compile(r".*", re.DOTALL)\n',
        tests=(f"{_CHOICE}test_a_label_that_cannot_be_a_file_name_has_no_template",),
    ),
)

_ORDER = (
    Mutation(
        rule="follow-up",
        file="store/queries.py",
        off="a follow-up is made although the post before it is in doubt",
        old="_ENDED = (State.PUBLISHED, State.SKIPPED)\n",
        new="_ENDED = (State.PUBLISHED, State.SKIPPED, State.UNKNOWN)\n",
        tests=(f"{_FOLLOW}test_a_follow_up_has_no_row_while_the_post_before_it_is_not_live[sqlite]",),
    ),
    Mutation(
        rule="follow-up",
        file="service/deliver.py",
        off="a follow-up goes out while the post before it is in doubt again",
        old="    if why := followups.waits(conn, post):\n",
        new="    if (why := followups.waits(conn, post)) and not post.part:\n",
        tests=(f"{_FOLLOW}test_a_follow_up_waits_while_the_post_before_it_is_in_doubt_again[sqlite]",),
    ),
    Mutation(
        rule="follow-up",
        file="service/plan.py",
        off="what nobody made at once is never made",
        old="    followups.make(parts)\n",
        new="",
        tests=(f"{_LIMITS}test_killed_between_the_receipt_and_the_row_of_the_follow_up[sqlite]",),
    ),
    Mutation(
        rule="follow-up",
        file="service/followups.py",
        off="other news comes between the posts of a thread",
        old="        due_at=before.due_at - _MOMENT,\n",
        new="        due_at=now,\n",
        tests=(f"{_LIMITS}test_other_news_does_not_come_between_the_posts_of_a_thread[sqlite]",),
    ),
    Mutation(
        rule="follow-up",
        file="service/followups.py",
        off="what follows a dropped post is posted",
        old="        if made and before.state is State.SKIPPED:\n",
        new="        if made and before.state is State.HELD:\n",
        tests=(f"{_FOLLOW}test_what_follows_a_post_that_was_dropped_is_skipped[sqlite]",),
    ),
    Mutation(
        rule="follow-up",
        file="service/last_look.py",
        off="a withdrawn article's thread goes on",
        old='        return followups.obstacle(conn, post) or (corrections.WITHDRAWN if taken_back else "")\n',
        new="        return followups.obstacle(conn, post)\n",
        tests=(f"{_FOLLOW}test_a_withdrawn_article_gets_no_more_follow_ups[sqlite]",),
    ),
    Mutation(
        rule="follow-up",
        file="service/deliver.py",
        off="spacing, caps and quiet hours hold a thread back",
        old="if post.part else channel\n    return timing",
        new="if post.part < 0 else channel\n    return timing",
        tests=(f"{_LIMITS}test_spacing_caps_quiet_hours_and_age_do_not_hold_a_follow_up_back",),
    ),
    Mutation(
        rule="follow-up",
        file="service/deliver.py",
        off="a thread costs what its first post costs",
        old="    cost = draft.composed.cost if draft else",
        new="    cost = draft.composed.cost * 0 if draft else",
        tests=(f"{_LIMITS}test_the_budget_holds_follow_ups_and_each_costs",),
    ),
)

_BYTES = (
    Mutation(
        rule="follow-up",
        file="service/compose.py",
        off="an approval does not cover the follow-ups",
        old='    parts = [plain(["follow-up", part.text]) for part in composed.teaser.parts]\n',
        new='    parts = [plain(["follow-up", part.text]) for part in composed.teaser.parts[:0]]\n',
        tests=(f"{_FOLLOW}test_r22_an_approval_covers_the_follow_ups[sqlite]",),
    ),
    Mutation(
        rule="follow-up",
        file="service/compose.py",
        off="a follow-up's link carries the marker of the post",
        old="        link = part.link.replace(marker, own)\n",
        new="        link = part.link.replace(marker, marker)\n",
        tests=(
            f"{_FOLLOW}test_the_id_of_the_post_itself_is_what_it_was_and_each_follow_up_has_a_marker_of_its_own[sqlite]",
        ),
    ),
    Mutation(
        rule="follow-up",
        file="platforms/facebook.py",
        off="a comment is published again after a doubt",
        old="request=request, after_unknown=AfterUnknown.LOOK",
        new="request=request, after_unknown=AfterUnknown.REPEAT",
        tests=(f"{_THREADS}TestCommentOnFacebook::test_r6_a_comment_is_one_request_and_stands_under_its_post",),
    ),
    Mutation(
        rule="follow-up",
        file="platforms/_graph_comments.py",
        off="a reader's copy of the words is the Page's comment",
        old="    if named is None and not marker_in(",
        new="    if named is False and not marker_in(",
        tests=(f"{_THREADS}TestCommentOnFacebook::test_a_readers_copy_of_the_words_is_not_ours",),
    ),
    Mutation(
        rule="follow-up",
        file="platforms/_twitter_timeline.py",
        off="the names that X writes before an answer make it a stranger's",
        old="for words in read} if is_answer else set())",
        new="for words in read} if is_answer is None else set())",
        tests=(f"{_THREADS}TestThreadOnX::test_words_behind_names_that_x_writes_before_them_are_ours",),
    ),
)

_LIMITED = (
    Mutation(
        rule="C09",
        file="service/rendering.py",
        off="a template may take any processor time",
        old="LIMITS = Limits(cpu=2.0, ",
        new="LIMITS = Limits(cpu=1e6, ",
        tests=(f"{_HOSTILE}test_c09_the_limits_are_those_that_are_promised",),
    ),
    Mutation(
        rule="X19",
        file="service/rendering.py",
        off="a template may take four times the memory",
        old="memory=256 * 1024**2, documents=5000",
        new="memory=1024 * 1024**2, documents=5000",
        tests=(f"{_HOSTILE}test_c09_the_limits_are_those_that_are_promised",),
    ),
    Mutation(
        rule="X19",
        file="core/teaser.py",
        off="a template may print any amount",
        old="_MOST = 65536\n",
        new="_MOST = 65536 * 65536\n",
        tests=(f"{_HOSTILE}test_x19_output_has_an_end",),
    ),
    Mutation(
        rule="X19",
        file="core/teaser_sandbox.py",
        off="texts are multiplied",
        old='        if operator == "**" or not numbers:\n',
        new='        if operator == "**" and not numbers:\n',
        tests=(f"{_HOSTILE}test_x19_small_words_make_nothing_large",),
    ),
    Mutation(
        rule="X18",
        file="core/teaser_sandbox.py",
        off="every attribute of a text is safe",
        old="            return attr in _TEXT_METHODS\n",
        new="            return attr is not None\n",
        tests=(f"{_HOSTILE}test_x18_nothing_is_reached_from_a_template",),
    ),
    Mutation(
        rule="C09",
        file="service/rendering.py",
        off="one template takes the teasers of others with it",
        old="            if len(asked) > 1:\n",
        new="            if not asked:\n",
        tests=(f"{_HOSTILE}test_c09_others_in_the_same_question_have_their_teasers",),
    ),
    Mutation(
        rule="C09",
        file="service/rendering_strikes.py",
        off="a template that is stopped each time is tried for every article",
        old="MOST = 3\n",
        new="MOST = 3000\n",
        tests=(f"{_HOSTILE}test_c09_a_template_that_is_stopped_again_and_again_waits_a_while",),
    ),
    Mutation(
        rule="C09",
        file="service/rendering.py",
        off="a process that somebody killed is the template's fault",
        old="_PASSING = (Broken.WALL, Broken.KILLED)\n",
        new="_PASSING = (Broken.WALL,)\n",
        tests=(f"{_RENDER}test_c09_a_post_whose_renderer_died_stays_queued_and_goes_out_later",),
    ),
    Mutation(
        rule="C09",
        file="service/deliver.py",
        off="a post is held because the process that rendered it was killed",
        old="    except RendererGone as error:\n",
        new="    except ZeroDivisionError as error:\n",
        tests=(f"{_RENDER}test_c09_a_post_whose_renderer_died_stays_queued_and_goes_out_later",),
    ),
    Mutation(
        rule="C09",
        file="service/compose.py",
        off="a post is held because the machine had no memory for a moment",
        old="        except MemoryError as error:\n",
        new="        except ZeroDivisionError as error:\n",
        tests=(f"{_RENDER}test_c09_a_post_whose_renderer_died_stays_queued_and_goes_out_later",),
    ),
    Mutation(
        rule="C09",
        file="confined/places.py",
        off="a thread that cannot start ends whoever asked",
        old="        except (RuntimeError, MemoryError) as error:\n",
        new="        except ZeroDivisionError as error:\n",
        tests=(f"{_RENDER}test_c09_no_thread_no_mistake_of_the_template_and_the_next_one_works",),
    ),
    Mutation(
        rule="C09",
        file="service/rendering_inside.py",
        off="what is compiled stays although its text changed",
        old='        return text, f"/{template}", lambda: bool(self.texts.get(template) == text)\n',
        new='        return text, f"/{template}", lambda: bool(text)\n',
        tests=(f"{_RENDER}test_c09_a_change_of_a_template_counts_at_once",),
    ),
    Mutation(
        rule="C09",
        file="service/rendering_inside.py",
        off="a language that was not loaded is another one in silence",
        old="    if what not in _prepared:\n",
        new="    if what is None:\n",
        tests=(f"{_RENDER}test_c09_dates_in_more_languages_than_one_process_keeps",),
    ),
    Mutation(
        rule="X20",
        file="core/teaser_plain.py",
        off="a renderer's teaser may be longer than the platform takes",
        old=" or length > limits.text_limit or not link.isprintable():\n",
        new=" or not link.isprintable():\n",
        tests=(f"{_RENDER}test_x20_what_a_taken_over_renderer_says_is_not_believed",),
    ),
)

TEASER_RULES = (*_TEXT, *_ORDER, *_BYTES, *_LIMITED)
