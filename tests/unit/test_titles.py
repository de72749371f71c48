"""Random titles on every platform: never over the limit, never a broken cluster, link or mention (C05).

``make titles N=100000`` cuts many more.
"""

import random
import sys
from collections.abc import Iterator

import pytest
import regex

from syndicator.core.links import tagged
from syndicator.core.teaser import TeaserRequest
from syndicator.core.text import clean, cut, hashtags_in, measure, mentions_in, urls_in
from syndicator.errors import ComposeError
from syndicator.model import Counting
from tests.unit.test_teaser_corpus import SHIPPED, targets
from tests.values import article

LINK = tagged("https://news.example.com/2026/11/harbour/", marker="abcdefghij234", utm={"utm_source": "x"})
LIMITS = {
    Counting.X_WEIGHTED: 280,
    Counting.UTF16: 300,
    Counting.CODE_POINTS: 300,
    Counting.MASTODON: 500,
    Counting.BLUESKY: 300,
}
_WORDS = """
minister not Brussels talks 2026 3.5 % “never” (again) — U.S. aid, e\u0301tat naïve Österreich nicht Größe Ουκρανία δεν
Україна не Россия нет הגשר לא الوزير لن وزارة می‌خواهم नहीं हिन्दी अंतर्राष्ट्रीय ශ්‍රී 한국 않는다 中国政府不 は橋 開通しない。
ประเทศไทยไม่ ลาว 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇺🇦🇪🇺 ❤️‍🔥 ✌🏿 1️⃣ ™ © … ‼ K\u0308 h\u0335\u0301\u0320i \u200f\u0600
@ann @ann@mast.example.com #harbour #橋 $TSLA $AAPL Booking.com https://example.com/a/b?c=d#e example.community foo.co
a.b.c ASP.NET {{x}} <b> Donaudampfschifffahrtsgesellschaftskapitän xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
"""
WORDS = _WORDS.split()
STARTS = (0x61, 0x300, 0x4E00, 0x1F600, 0x0E01, 0x0627)
"""Where runs of letters of some scripts begin, and of combining marks and emoji."""


def titles(seed: int, count: int) -> Iterator[str]:
    chance = random.Random(seed)
    for _ in range(count):
        words = chance.choices(WORDS, k=chance.choice((3, 9, 20, 60)))
        if chance.random() < 0.3:
            words += [chr(chance.choice(STARTS) + chance.randrange(40)) for _ in range(9)]
        yield chance.choice((" ", " ", "", "\u00a0", "-")).join(words)


def clusters(text: str) -> set[int]:
    return {0, *(match.end() for match in regex.finditer(r"\X", text))}


def faults(title: str) -> list[str]:
    """Cut a title for every counting and name what is wrong with the results."""
    text = clean(title)
    ends = clusters(text)
    spans = [*urls_in(text), *hashtags_in(text), *mentions_in(text)]
    return [
        f"{fault} ({counting}): {title!r}"
        for counting in LIMITS
        if (fault := _fault(text, counting, ends=ends, spans=spans))
    ]


def _fault(text: str, counting: Counting, *, ends: set[int], spans: list[tuple[int, int]]) -> str:
    limit = LIMITS[counting]
    result = cut(text, limit=limit, counting=counting)
    if measure(result, counting) > limit:
        return "over the limit"
    head = result.removesuffix("…")
    if result == text:
        return ""
    if measure(text, counting) <= limit or not text.startswith(head) or not result.endswith("…"):
        return "changed"
    if len(head) not in ends:
        return "broken cluster"
    return "broken link" if any(start < len(head) < end for start, end in spans) else ""


def test_c05_five_thousand_cuts_of_random_titles_are_whole() -> None:
    assert [fault for title in titles(5, 1000) for fault in faults(title)] == []


def main(count: int) -> int:
    """Cut so many titles for every counter; print what is wrong and the sum. Exit code 1 when something is."""
    found = [fault for title in titles(1000, count) for fault in faults(title)]
    for fault in found[:20]:
        print(fault)  # noqa: T201
    print(f"titles {count} counters {len(LIMITS)} faults {len(found)}")  # noqa: T201
    return 1 if found else 0


def test_the_command_for_many_titles(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(20) == 0
    assert capsys.readouterr().out == f"titles 20 counters {len(LIMITS)} faults 0\n"


@pytest.mark.parametrize("name", list(targets()))
@pytest.mark.parametrize("count", [150, pytest.param(4000, marks=pytest.mark.slow)])
def test_c05_random_titles_through_the_templates(name: str, count: int) -> None:
    channel, capabilities, template = targets()[name]
    made = 0
    errors: set[str] = set()
    for title in titles(99, count):
        request = TeaserRequest(
            article=article(title=title, summary=title[::-1], tags=("EU vote", "日本 経済")),
            channel=channel, capabilities=capabilities, template=template, link=LINK,
        )  # fmt: skip
        try:
            teaser = SHIPPED.render(request)
        except ComposeError as error:
            errors.add(str(error)[:23])
            continue
        made += 1
        assert measure(teaser.text, capabilities.counting) == teaser.length <= capabilities.text_limit
        assert not capabilities.link_in_text or LINK in [teaser.text[start:end] for start, end in urls_in(teaser.text)]
        assert mentions_in(teaser.text.replace(LINK, "")) == []
    assert made > count * 0.9
    assert errors <= {"nothing is left to say:"}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
