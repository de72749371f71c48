"""Rules of pictures and link cards: each switched off once."""

from tests.mutations.mutation import Mutation

_CHOICE = "tests/unit/test_pictures.py::"
_POSTS = "tests/service/test_pictures.py::"
_PREFLIGHT = "tests/service/test_preflight.py::"
_FOCUS = "tests/sources/test_focus.py::"
_IMAGES = "tests/sources/test_images.py::"
_CARD = "tests/sources/test_card.py::"
_PAGE = "tests/sources/test_webpage.py::"
_EXCERPT = "tests/sources/test_excerpt.py::"
_BIDI = "tests/unit/test_bidi.py::"

_CHOSEN = (
    Mutation(
        rule="picture",
        file="core/pictures.py",
        off="counters, avatars and logos are news pictures",
        old="    usable = [one for one in found.values() if not no_picture(one)]\n",
        new="    usable = list(found.values())\n",
        tests=(f"{_CHOICE}test_what_is_no_news_picture_is_left_out",),
    ),
    Mutation(
        rule="picture",
        file="core/pictures.py",
        off="what is small or oddly shaped comes in the source's order",
        old="    usable.sort(key=doubt)",
        new="    usable.sort(key=lambda one: 0)",
        tests=(f"{_CHOICE}test_small_or_oddly_shaped_or_ornamental_comes_last",),
    ),
    Mutation(
        rule="F06",
        file="model/articles.py",
        off="other runners-up make another picture: an upgrade edits every article",
        old="field(default=(), compare=False)",
        new="field(default=())",
        tests=(f"{_CHOICE}test_other_runners_up_are_no_other_picture",),
    ),
    Mutation(
        rule="picture",
        file="core/pictures.py",
        off="a file's name describes it",
        old="    if not _says_something(words):\n",
        new="    if not words:\n",
        tests=(f"{_CHOICE}test_the_alternative_text_is_the_sources_or_the_title",),
    ),
    Mutation(
        rule="picture",
        file="sources/_page.py",
        off="the pictures of other stories are this story's",
        old="and not _is_beside(img):\n",
        new="and _is_beside(img) is not None:\n",
        tests=(f"{_PAGE}test_pictures_are_the_storys_own_in_order_with_their_words",),
    ),
    Mutation(
        rule="picture",
        file="sources/_excerpt.py",
        off="a story beside another one counts as the page's own",
        old="            boxes.append(tag.name)\n",
        new="            pass\n",
        tests=(f"{_EXCERPT}test_nothing_that_is_asked_for_is_left_out",),
    ),
    Mutation(
        rule="lead",
        file="sources/_excerpt.py",
        off="a body that describes the page is left out",
        old="        if mark[5] or len(tags) > _MOST_TAGS:\n",
        new="        if len(tags) > _MOST_TAGS:\n",
        tests=(f"{_EXCERPT}test_nothing_that_is_asked_for_is_left_out",),
    ),
    Mutation(
        rule="picture",
        file="service/pictures.py",
        off="one bad picture is the last that is tried",
        old='                reasons.append(f"a picture was left out: {error}")\n',
        new='                reasons.append(f"a picture was left out: {error}")\n                break\n',
        tests=(f"{_POSTS}test_one_bad_picture_never_stops_the_news[damaged]",),
    ),
    Mutation(
        rule="picture",
        file="service/pictures.py",
        off="as many pictures are fetched as anybody names",
        old="            if tried == TRIES:\n",
        new="            if tried == 99:\n",
        tests=(f"{_POSTS}test_no_more_than_so_many_are_tried",),
    ),
)

_MADE = (
    Mutation(
        rule="picture",
        file="sources/_focus.py",
        off="crops are taken from the middle",
        old="    best = max(range(len(inside)), key=",
        new="    return (size - length) // 2\n    best = max(range(len(inside)), key=",
        tests=(f"{_FOCUS}test_a_face_at_the_edge_stays_whole",),
    ),
    Mutation(
        rule="X29",
        file="sources/images.py",
        off="what the camera wrote travels along",
        old="    clean.info = {}\n    out = io.BytesIO()\n    clean.save(out, kind, **options)\n",
        new='    out = io.BytesIO()\n    clean.save(out, kind, **options, exif=b"Exif\\0\\0SecretCam")\n',
        tests=(f"{_FOCUS}test_x29_a_turned_picture_is_cropped_upright_and_says_nothing_of_where_it_was_taken",),
    ),
    Mutation(
        rule="X20",
        file="sources/images.py",
        off="pictures of any number of pixels are decoded",
        old="        if opened.width * opened.height > MAX_PIXELS:\n",
        new="        if opened.width * opened.height > MAX_PIXELS**2:\n",
        tests=(f"{_IMAGES}test_what_is_no_usable_picture_is_refused_by_its_content",),
    ),
    Mutation(
        rule="card",
        file="sources/_fonts.py",
        off="a character that no font has becomes a box",
        old="            raise NoFont(_missing(sign))\n",
        new="            continue\n",
        tests=(f"{_CARD}test_a_character_that_no_font_has_is_named_and_no_box_is_drawn",),
    ),
    Mutation(
        rule="card",
        file="sources/card.py",
        off="letters that join are drawn apart where the engine is missing",
        old="    if scripts or any(",
        new="    if not scripts and any(",
        tests=(f"{_CARD}test_without_the_text_engine_plain_letters_are_drawn_and_joined_ones_refused",),
    ),
    Mutation(
        rule="card",
        file="core/bidi.py",
        off="numbers in right-to-left lines run from right to left",
        old='        return [1 if kind == "R" else 2 for kind in kinds]\n',
        new="        return [1 for _ in kinds]\n",
        tests=(f"{_BIDI}test_the_order_on_the_line",),
    ),
)

_FLIGHT = (
    Mutation(
        rule="preflight",
        file="service/preflight.py",
        off="a post goes out whatever its page has",
        old="    why = _asked(parts, article)\n    if not why:\n",
        new="    why = _asked(parts, article)\n    if why or not why:\n",
        tests=(f"{_PREFLIGHT}test_preflight_a_page_that_is_not_ready_makes_its_post_wait",),
    ),
    Mutation(
        rule="preflight",
        file="service/preflight.py",
        off="a post waits for its page for ever",
        old="    left = _since(history, now) + channel.preflight_wait - now\n",
        new="    left = channel.preflight_wait\n",
        tests=(f"{_PREFLIGHT}test_preflight_a_page_that_stays_empty_is_held_with_the_reason_and_told_once",),
    ),
    Mutation(
        rule="preflight",
        file="service/preflight.py",
        off="what a person let go is held again",
        old="    if article is None or _overruled(history):\n",
        new="    if article is None:\n",
        tests=(f"{_PREFLIGHT}test_preflight_a_person_may_let_it_go_as_it_is",),
    ),
    Mutation(
        rule="R22",
        file="service/corrections.py",
        off="what is held for its link card has no bytes that could be approved",
        old="        if draft is not None and post.payload is None:\n",
        new="        if draft is not None and post.payload is not None:\n",
        tests=(f"{_PREFLIGHT}test_preflight_a_person_may_let_it_go_as_it_is",),
    ),
    Mutation(
        rule="preflight",
        file="service/preflight.py",
        off="a post that waits grows stale by our own rule",
        old="stretches=True)\n",
        new="stretches=False)\n",
        tests=(f"{_PREFLIGHT}test_preflight_a_page_that_is_not_ready_makes_its_post_wait",),
    ),
    Mutation(
        rule="preflight",
        file="sources/cardcheck.py",
        off="a picture that cannot be had makes a complete card",
        old="    await _see(tags.image, fetcher, allow_private=allow_private)\n",
        new="",
        tests=(f"{_PREFLIGHT}test_preflight_the_page_over_http",),
    ),
    Mutation(
        rule="X16",
        file="service/live.py",
        off="a page on a private address that nobody named is asked",
        old="        await cardcheck.look(url, fetcher=fetcher, allow_private=allow_private)\n",
        new="        await cardcheck.look(url, fetcher=fetcher, allow_private=True)\n",
        tests=(f"{_PREFLIGHT}test_x16_a_private_page_or_picture_that_nobody_named_is_not_asked",),
    ),
)

PICTURE_RULES = (*_CHOSEN, *_MADE, *_FLIGHT)
