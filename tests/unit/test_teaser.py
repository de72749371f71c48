"""Teasers: within the limit, with the link, in the newsroom's form, and nothing of the source that could harm."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.core.links import tagged
from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.text import cashtags_in, hashtags_in, measure, mentions_in, urls_in
from syndicator.errors import ComposeError
from syndicator.model import AfterUnknown, Capabilities, Counting, Teaser
from tests.values import article, channel

SHIPPED = Templates(jinja2.FileSystemLoader(Path(__file__).parents[2] / "templates"))
LINK = tagged("https://news.example.com/2026/11/harbour/", marker="abcdefghij234", utm={"utm_source": "x"})


def capabilities(**changes: Any) -> Capabilities:
    fields: dict[str, Any] = {
        "text_limit": 280,
        "counting": Counting.X_WEIGHTED,
        "after_unknown": AfterUnknown.LOOK,
        "settle": timedelta(0),
        "link_in_text": True,
        "max_cashtags": 1,
    }
    return Capabilities(**fields | changes)


def render(source: str | None = None, *, template: str = "twitter.j2", **changes: Any) -> Teaser:
    limits = {key: changes.pop(key) for key in tuple(changes) if key in Capabilities.__dataclass_fields__}
    extra = {key: changes.pop(key) for key in ("text", "link", "site_name") if key in changes}
    on = channel(**changes.pop("on", {}))
    templates = SHIPPED if source is None else Templates(jinja2.DictLoader({template: source}))
    request = {"article": article(**changes), "channel": on, "capabilities": capabilities(**limits), "link": LINK}
    return templates.render(TeaserRequest(**request | {"template": template} | extra))


def test_the_shipped_forms() -> None:
    lead = "The ferries run again. Repairs go on until spring."
    title = "Harbour reopens after the storm"
    assert render().text == f"{title}\n\n#Harbour #Weather\n{LINK}"
    assert render(template="youtube.j2").text == f"{title}\n\n{lead}\n\n→ {LINK}"
    assert render(template="facebook.j2", link_in_text=False).text == f"{title}\n\n{lead}"
    assert render(template="facebook.j2").text == f"{title}\n\n{lead}\n\n→ {LINK}"
    assert render(tags=(), summary="", template="youtube.j2").text == f"{title}\n\n→ {LINK}"


def test_shipped_templates_pass_their_check() -> None:
    assert SHIPPED.names() == ("facebook.j2", "twitter.j2", "youtube.j2")
    assert [SHIPPED.check(name) for name in SHIPPED.names()] == [[], [], []]


def test_hashtags_give_way_before_the_title() -> None:
    full = render(title="w" * 230)
    assert full.text == f"{'w' * 230}\n\n#Harbour #Weather\n{LINK}"
    one = render(title="w" * 240)
    assert one.text == f"{'w' * 240}\n\n#Harbour\n{LINK}"
    none = render(title="w" * 250)
    assert none.text == f"{'w' * 250}\n\n{LINK}"
    assert none.warnings == ()
    cut = render(title="word " * 80)
    assert cut.text.endswith(f"word…\n\n{LINK}")
    assert cut.warnings == ("the title was shortened to fit",)


def test_the_lower_part_gives_way_first_and_rank_changes_it() -> None:
    source = "{{ article.title | fit }}\n{{ article.summary | fit }}\n{{ link }}"
    teaser = render(source, summary="lead " * 60, title="Title that stays as it is")
    assert teaser.text.startswith("Title that stays as it is\nlead")
    assert "the summary was shortened to fit" in teaser.warnings
    source = "{{ article.title | fit }}\n{{ article.summary | fit(rank=1) }}\n{{ link }}"
    teaser = render(source, summary="lead " * 50, title="title " * 20)
    assert teaser.text.count("lead") == 50
    assert teaser.length <= 280


def test_parts_that_would_say_nothing_are_left_out() -> None:
    source = "{{ article.title | fit }}\n{{ article.summary | fit }}\n{{ link }}"
    teaser = render(source, title="t" * 250, summary="A long lead that has no room")
    assert teaser.text == f"{'t' * 250}\n\n{LINK}"
    assert teaser.warnings == ("the summary was left out to fit",)


def test_what_cannot_fit_is_an_error() -> None:
    with pytest.raises(ComposeError, match=r"too long .* \d+ of at most 280"):
        render("{{ article.title }} {{ link }}", title="w " * 200)
    with pytest.raises(ComposeError, match="too long"):
        render(text_limit=30, title="Harbour reopens")


@pytest.mark.parametrize("title", ["", "!", "a", "\u200b\u202e", "https://example.com/only", "Booking.com", "…", "⠀"])
def test_nothing_to_say_is_held(title: str) -> None:
    with pytest.raises(ComposeError, match="nothing is left to say"):
        render(title=title, summary="")


def test_data_is_data() -> None:
    title = "{{ 7*7 }} {% raw %} {# x #} <b>AT&amp;T</b> ${x}"
    assert render(title=title).text.startswith(title)


def test_foreign_mentions_are_broken_and_the_templates_own_stay() -> None:
    source = "@newsroom {{ article.title }} {{ article.tags | hashtags(1) }} #live {{ link }}"
    text = render(source, title="@everyone #ad $TSLA $AAPL", tags=("EU vote",)).text
    assert [text[start:end] for start, end in mentions_in(text)] == ["@newsroom"]
    assert [text[start:end] for start, end in hashtags_in(text)] == ["#EUVote", "#live"]
    assert cashtags_in(text) == []


def test_cashtags_are_counted_over_all_parts() -> None:
    source = "{{ article.title }} {{ article.summary }} {{ link }}"
    assert cashtags_in(render(source, title="$TSLA up", summary="$AAPL down").text) == []
    own = "$TSLA {{ article.title }} $AAPL {{ link }}"
    assert len(cashtags_in(render(own, title="Shares move").text)) == 1
    assert len(cashtags_in(render(source, title="$TSLA up", summary="$AAPL down", max_cashtags=None).text)) == 2


def test_furniture_never_reaches_a_teaser() -> None:
    summary = "The ferries run. Read also: Old storms\nThe post Harbour appeared first on News."
    assert render(template="youtube.j2", summary=summary).text.split("\n\n")[1] == "The ferries run."


def test_a_forgotten_link_is_added() -> None:
    teaser = render("{{ article.title | fit }}", title="long " * 100)
    assert teaser.text.endswith(f"\n\n{LINK}")
    assert "does not print the link" in teaser.warnings[0]
    assert LINK not in render("{{ article.title }}", link_in_text=False).text


def test_bare_domains_are_named() -> None:
    title = "Booking.com fined"
    assert render(title=title).warnings == ("“Booking.com” counts as a link",)
    prices = {"price": Decimal("0.015"), "price_with_link": Decimal("0.200")}
    dear = render("{{ article.title }}", title=title, link_in_text=False, **prices).warnings
    assert dear == ("“Booking.com” counts as a link and makes the post cost $0.200 instead of $0.015",)


def test_filters() -> None:
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    on = {"timezone": "Europe/Athens"}

    def text(source: str, **changes: Any) -> str:
        return render(source, link_in_text=False, **changes).text

    assert text("{{ article.published_at | date }}", published_at=at, language="el", on=on) == "23 Νοεμβρίου 2026"
    assert text("{{ article.published_at | date('d MMM') }}", published_at=at, language="de") == "22 Nov."
    assert text("{{ article.published_at | time }} h", published_at=at, language="fr", on=on) == "01:30 h"
    assert text("on {{ article.published_at | date }}", published_at=None) == "on"
    assert text("{{ article.published_at | date }}", published_at=at, language="xx-yy") == "November 22, 2026"
    assert text("{{ article.title | quote }}", title="Non", language="fr") == "«\u00a0Non\u00a0»"
    assert text("{{ article.title | quote }}", title="Nein", language="de") == "„Nein“"
    assert text("{{ article.title | truncate_words(2) }}", title="One two, three") == "One two…"
    assert text("{{ article.title | initial_upper }}", title="iPhone ban") == "IPhone ban"
    assert (
        text("{{ article.authors | join(', ') }} {{ site }} {{ channel.name }}", site_name="EU Today")
        == "Ada Quay EU Today x"
    )


def test_an_editors_own_words() -> None:
    own = "Our harbour is open again, @mayor! #finally"
    assert render(text=own).text == f"{own}\n\n{LINK}"
    assert render(text=f"{own} {LINK}").text == f"{own} {LINK}"
    assert render(text=own, link_in_text=False).text == own
    assert render(text="a\u202eb\x00  c").text.startswith("ab c\n")


def test_an_editors_bare_address_gets_the_marker() -> None:
    teaser = render(text="Look: https://www.news.example/2026/11/harbour/ now")
    assert teaser.text == f"Look: {LINK} now"


@pytest.mark.parametrize("text", ["w" * 260, " \n ", "$AA $BB rise"])
def test_a_persons_words_are_never_changed_silently(text: str) -> None:
    with pytest.raises(ComposeError):
        render(text=text)


def test_a_teaser_knows_its_measure() -> None:
    teaser = render(on={"name": "main", "platform": "twitter"}, language=None)
    assert (teaser.channel, teaser.platform, teaser.template, teaser.link) == ("main", "twitter", "twitter.j2", LINK)
    assert (teaser.length, teaser.limit) == (measure(teaser.text, Counting.X_WEIGHTED), 280)
    assert render(template="", on={"platform": "youtube"}).template == "youtube.j2"


words = st.sampled_from(
    [
        "minister",
        "Ουκρανία",
        "الوزير",
        "中国政府は",
        "ประเทศ",
        "👨‍👩‍👧‍👦",
        "🇺🇦",
        "e\u0301",
        "@x",
        "#y",
        "$ZZ",
        "Booking.com",
        "{{",
        "“",
    ]
) | st.text(max_size=6)
texts = st.lists(words, min_size=1, max_size=80).map(" ".join)
platforms = st.sampled_from(
    [
        {"counting": Counting.X_WEIGHTED, "text_limit": 280},
        {"counting": Counting.UTF16, "text_limit": 300, "link_in_text": False},
        {"counting": Counting.CODE_POINTS, "text_limit": 200},
    ]
)


@settings(max_examples=400, deadline=None)
@given(title=texts, summary=texts, limits=platforms, template=st.sampled_from(SHIPPED.names()))
def test_every_teaser_fits(title: str, summary: str, limits: dict[str, Any], template: str) -> None:
    try:
        teaser = render(template=template, title=title, summary=summary, **limits)
    except ComposeError as error:
        if "nothing is left to say" not in str(error):
            raise
        return
    counted = measure(teaser.text, limits["counting"])
    assert counted == teaser.length <= limits["text_limit"]
    if LINK in teaser.text:
        start = teaser.text.index(LINK)
        assert (start, start + len(LINK)) in urls_in(teaser.text)
    else:
        assert not limits.get("link_in_text", True)
    assert not regex.search(r"[\x0e\x0f\x1e\x1f]|\n{3}", teaser.text)
    assert mentions_in(teaser.text) == []
