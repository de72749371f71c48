"""Leads in the scripts newsrooms write: whole sentences, never a heading glued to a paragraph."""

import time
from dataclasses import replace

import jinja2
import pytest

from syndicator import platforms
from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.text_sentences import sentences, whole_sentences
from syndicator.model import Counting
from tests.unit import sentence_corpus as corpus
from tests.values import article, channel

ROWS = [(script, language, row) for script, rows in corpus.EVERY.items() for language, row in rows]


def spoken(script: str, row: tuple[str, ...]) -> str:
    return "".join(row) if script == "CJK" else " ".join(row)


@pytest.mark.parametrize(("script", "language", "row"), ROWS)
def test_the_first_sentences_in_every_script(script: str, language: str, row: tuple[str, ...]) -> None:
    text = spoken(script, row)
    for n in range(1, len(row) + 1):
        assert sentences(text, n, language=language) == spoken(script, row[:n])


@pytest.mark.parametrize(("script", "language", "row"), ROWS)
def test_a_wrong_or_missing_language_only_makes_it_longer(script: str, language: str, row: tuple[str, ...]) -> None:
    text = spoken(script, row)
    for said in (None, "xx", "en"):
        first = sentences(text, 1, language=said)
        assert first
        assert text.startswith(first)


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("What we know\nThe ferries run again. Repairs go on.", "The ferries run again. Repairs go on."),
        ("EFE\nEl puente sigue cerrado este año.", "El puente sigue cerrado este año."),
        ("Harbour reopens\n\nThe ferries run again.\nWhat comes next\nRepairs go on.",
         "The ferries run again. Repairs go on."),
        ("Vendor: Curated\nType: Book\nPrice: 15.50\nThe book shows a harbour at night.",
         "The book shows a harbour at night."),
        ("The ferries run again.\nBy Ann Lee", "The ferries run again."),
        ("A ferry line without a full stop\nAnother line", "A ferry line without a full stop"),
        ("Time\n2026-11-19\nDepth\n4 km", ""),
        ("大桥关闭\n大桥今年不会开放。部长没有回答。", "大桥今年不会开放。部长没有回答。"),
        ("橋のニュース\n橋は今年開通しない。\n予算がない。", "橋は今年開通しない。予算がない。"),
        ("ข่าวสะพาน\nสะพานแห่งใหม่จะยังไม่เปิดให้รถผ่านภายในปีนี้เพราะงบประมาณไม่เพียงพอสำหรับงานช่วงสุดท้าย",
         "สะพานแห่งใหม่จะยังไม่เปิดให้รถผ่านภายในปีนี้เพราะงบประมาณไม่เพียงพอสำหรับงานช่วงสุดท้าย"),
        ("الجسر\nلن يفتح الجسر هذا العام. لا مال.", "لن يفتح الجسر هذا العام. لا مال."),
        (
            "The ferries run again after the storm that\nclosed the harbour for nine days, the port said\non Monday.",
            "The ferries run again after the storm that closed the harbour for nine days, the port said on Monday.",
        ),
        ("Die Fähren fahren wieder, teilte der Hafen mit,\nund die Arbeiten dauern an.",
         "Die Fähren fahren wieder, teilte der Hafen mit, und die Arbeiten dauern an."),
    ],
)  # fmt: skip
def test_a_heading_is_never_glued_to_a_paragraph(text: str, lead: str) -> None:
    assert sentences(text, 2) == lead


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("Introduction", ""),
        ("Surfing", ""),
        ("Really?", "Really?"),
        ("大桥关闭", "大桥关闭"),
        ("Ferries, trains, buses,", "Ferries, trains, buses…"),
        ("The ferries run again. They said -", "The ferries run again. They said…"),
    ],
)
def test_labels_are_no_lead_and_loose_ends_are_shown(text: str, lead: str) -> None:
    assert sentences(text, 2) == lead


def test_of_a_lead_whole_sentences_stay_rather_than_half_of_one() -> None:
    text = "The ferries run again. Repairs go on until spring. They cost twelve million."
    for limit, kept in (
        (80, text),
        (60, text[:50]),
        (50, text[:50]),
        (49, ""),
        (40, text[:22]),
        (22, text[:22]),
        (21, ""),
    ):
        assert whole_sentences(text, limit=limit, counting=Counting.CODE_POINTS) == kept, limit
    assert whole_sentences("渡轮恢复运营。维修继续。", limit=20, counting=Counting.X_WEIGHTED) == "渡轮恢复运营。"
    assert whole_sentences("One line.\nAnother.", limit=12, counting=Counting.CODE_POINTS) == ""


def test_a_teaser_without_room_for_all_sentences_shows_those_that_fit() -> None:
    source = "{{ article.title | fit }} {{ article.summary | sentences(9) | fit }}"
    text = "The ferries run again. Repairs go on until spring. They cost twelve million."
    request = TeaserRequest(
        article=article(title="Harbour", summary=text),
        channel=channel("yt", "youtube"),
        capabilities=replace(platforms.load("youtube").capabilities(channel("yt", "youtube")), text_limit=65),
        template="youtube.j2",
        link="",
    )
    teaser = Templates(jinja2.DictLoader({"youtube.j2": source})).render(request)
    assert teaser.text == "Harbour The ferries run again. Repairs go on until spring."


def test_a_quotation_is_kept_whole_unless_it_is_longer_than_a_lead() -> None:
    short = "“We stay. We do not go,” she said."
    assert sentences(f"{short} The end.", 1) == short
    long = f"“{'We stay here. ' * 60}” she said."
    assert sentences(long, 2) == "“We stay here. We stay here.”"
    assert sentences("He said “no. Nobody closed it. The end.", 1) == "He said “no."


@pytest.mark.parametrize(
    "piece", ["a. ", "“a. ", "(", "「。", "\n", "a\nb ", "Dr. ", "?! ", "« ", "ก ", "… ", '" ', "A.B. "]
)
def test_hostile_texts_are_fast(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    began = time.process_time()
    sentences(text, 100_000)
    assert time.process_time() - began < 1.0
