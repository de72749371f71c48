"""What is left out of a page before it is parsed says nothing about it: the whole page gives the same."""

import random
import time
from collections.abc import Iterator

import pytest

from syndicator.sources import _excerpt, _page
from syndicator.sources._encoding import decode
from syndicator.sources._excerpt import Excerpt
from tests.shared import shared

HEAD = (
    '<!doctype html><html lang="en"><head><title>Vote</title><meta property="og:title" content="Vote">'
    '<script>if (a < b) document.write("</head><body><meta name=author content=Nobody>")</script>'
    '<style>a::after { content: "<title>" }</style><!-- <meta name="date" content="1999-01-01"> -->'
    '<link rel="canonical" href="https://news.example/vote"></head>'
)
STORY = '<article><figure><img src="/a.jpg"><figcaption>The quay</figcaption></figure></article>'
DATA = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "%s"}</script>'
QUOTED = '"application/ld+json"'
PAGES = {
    "as usual": f"{HEAD}<body><nav><a href=/>x</a></nav>{STORY}<img src=/other.jpg></body>",
    "no head's end": HEAD.replace("</head>", "") + f"<body>{STORY}",
    "neither head nor body": f"<title>x</title><meta name=author content=Ann><p>{STORY}",
    "no title in the head": f"<head><meta name=author content=Ann></head><body><title>late</title>{STORY}",
    "description in the body": f"{HEAD}<body><meta itemprop=author content=Ann>{STORY}",
    "in capitals": f"<HTML><HEAD><TITLE>x</TITLE></HEAD><BODY><META NAME=author CONTENT=Ann>{STORY}",
    "story in capitals": f"{HEAD}<BODY><MAIN><IMG SRC=/b.jpg></MAIN>",
    "canonical in the body": f"<head><title>x</title></head><body><link rel=canonical href=https://a.example/b>{STORY}",
    "JSON-LD in the head": HEAD.replace("</head>", DATA % "In the head</head>" + "</head>") + f"<body>{STORY}",
    "JSON-LD in the body": f"{HEAD}<body>{STORY}{DATA % 'In the body'}",
    "JSON-LD twice": HEAD.replace("</head>", DATA % "first" + "</head>") + f"<body>{DATA % 'second'}{STORY}",
    "JSON-LD with a reference": f"{HEAD}<body>{(DATA % 'x').replace('+', '&#x2B;')}{STORY}",
    "JSON-LD in capitals": f"{HEAD}<body>{(DATA % 'x').replace('script', 'SCRIPT')}{STORY}",
    "JSON-LD without quotes": f"{HEAD}<body>{(DATA % 'x').replace(QUOTED, QUOTED[1:-1])}",
    "JSON-LD that a comment hides": f"{HEAD}<body><!-- {DATA % 'x'} -->{STORY}",
    "JSON-LD that a script holds": f"{HEAD}<body><script>var x = '<div type=\"application/ld+json\">'</script>{STORY}",
    "JSON-LD as another attribute": f'{HEAD}<body><script id="application/ld+json">{{"@type": "Article"}}</script>',
    "JSON-LD in CDATA": f"{HEAD}<body>{(DATA % 'x').replace('>{', '><![CDATA[{').replace('}<', '}]]><')}",
    "JSON-LD unfinished": f"{HEAD}<body>{STORY}{(DATA % 'x').removesuffix('</script>')}",
    "story that a comment hides": f"{HEAD}<body><!-- {STORY} --><main><img src=/b.jpg></main>",
    "story that a script holds": f"{HEAD}<body><script>'{STORY}'</script><main><img src=/b.jpg></main>",
    "empty comment": f"{HEAD}<body><!-->{STORY}-->",
    "conditional comments": f"{HEAD}<body><!--[if !IE]><!-->{STORY}<!--<![endif]-->",
    "main before article": f"{HEAD}<body><main><img src=/b.jpg>{STORY}</main>",
    "stories inside the story": f"{HEAD}<body><article>{STORY}<img src=/c.jpg></article>{STORY}",
    "story beside something": f"{HEAD}<body><aside>{STORY}</aside>",
    "story after a box": f"{HEAD}<body><nav><nav></nav></nav><aside><img src=/n.jpg></aside>{STORY}",
    "story in a form": f"{HEAD}<body><form><nav>x</nav>{STORY}</form>",
    "story that is a link": f'{HEAD}<body><a href="/x">x</a><a href="/other-story">{STORY}</a>',
    "story after a link": f'{HEAD}<body><a href="/x">x</a>{STORY}',
    "story unfinished": f"{HEAD}<body><article><img src=/b.jpg>",
    "story without pictures": f"{HEAD}<body><article>x</article><img src=/b.jpg>",
    "names that only begin alike": f"{HEAD}<body><article-list><img src=/b.jpg></article-list><script-x><img src=/c>",
    "nothing": "",
    "text": "a < b",
}  # fmt: skip


def told(excerpt: Excerpt) -> object:
    """Give all that is read of a page, as far as anybody asks; why not, when it is refused."""
    try:
        page = _page._read(excerpt)
    except ValueError as error:
        return str(error)
    return page.metas, page.canonical, page.title, page.language, page.article, page.pictures


@pytest.mark.parametrize("name", PAGES)
def test_nothing_that_is_asked_for_is_left_out(name: str) -> None:
    assert told(_excerpt.of(PAGES[name])) == told(Excerpt(PAGES[name]))


def real() -> Iterator[tuple[str, str]]:
    for path in sorted(shared("feeds/articles").glob("*.htm*")):
        yield path.name, decode(path.read_bytes())


def test_real_pages_say_the_same_and_take_a_third() -> None:
    before = after = 0
    for name, text in real():
        excerpt = _excerpt.of(text)
        assert told(excerpt) == told(Excerpt(text)), name
        before, after = before + len(text), after + len(excerpt.markup) + sum(map(len, excerpt.data or ()))
    assert after < before / 3


def test_real_pages_that_were_cut_or_damaged_are_read_and_mostly_say_the_same() -> None:
    """What is broken has no right reading; but neither may fail where the other does not."""
    chance = random.Random(7)
    same = tried = 0
    for _, text in real():
        for _ in range(3):
            start, size = chance.randrange(len(text)), chance.choice((1, 20, 3000))
            broken = text[:start] + text[start + size :] if chance.random() < 0.7 else text[:start]
            found, whole = told(_excerpt.of(broken)), told(Excerpt(broken))
            assert isinstance(found, str) == isinstance(whole, str)
            same, tried = same + (found == whole), tried + 1
    assert same >= 0.97 * tried


@pytest.mark.parametrize(
    "piece",
    ["<script ", "<!--", "<article ", "<nav></aside>", "<nav>", "<a ", "<script>x</script", "</article>", "<img"],
)
def test_f22_what_is_left_out_is_found_in_linear_time(piece: str) -> None:
    seconds = []
    for size in (100_000, 1_600_000):
        text = f"<title>x</title></head><body>{piece * (size // len(piece))}"
        began = time.process_time()
        _excerpt.of(text)
        seconds.append(time.process_time() - began)
    assert seconds[1] < 64 * max(seconds[0], 0.002)
