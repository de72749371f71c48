"""A cut never turns the meaning round: a negation stays with what it denies, or goes with it (C10)."""

import pytest

from syndicator.core.text import cut
from syndicator.core.text_negation import trusted_end
from syndicator.model import Counting

DENIED = [
    # a text, with "|" where a cut at a word would come, and what is left of it
    ("The minister for ports did not| resign over the affair", "The minister for ports"),
    ("The minister for ports did| not resign over the affair", "The minister for ports"),
    ("The minister for ports didn’t| resign over the affair", "The minister for ports"),
    ("The minister for ports cannot| resign over the affair", "The minister for ports"),
    ("The council of Marsa Nour has no| plan for the harbour", "The council of Marsa Nour has"),
    ("The council of Marsa Nour will never| close the harbour", "The council of Marsa Nour will"),
    ("Talks end in Brussels without| a deal", "Talks end in Brussels"),
    ("Der Kanzler tritt nach der Wahl nicht| zurück", "Der Kanzler tritt nach der"),
    ("Der Kanzler der Stadt tritt| nicht zurück", "Der Kanzler der Stadt"),
    ("Die Stadt am Meer hat kein| Geld für die Brücke", "Die Stadt am Meer hat"),
    ("La ministre des Ports ne| démissionnera pas", "La ministre des Ports"),
    ("La ministre des Ports ne démissionnera| pas lundi", "La ministre des Ports"),
    ("La ministre des Ports n’a| pas démissionné", "La ministre des Ports"),
    ("La ville du port n’a toujours| aucun plan", "La ville du port"),
    ("El ministro de Puertos no| dimite por el escándalo", "El ministro de Puertos"),
    ("Il ministro dei Porti non| si dimette", "Il ministro dei Porti"),
    ("O ministro dos Portos não| se demite", "O ministro dos Portos"),
    ("De minister van Havens treedt| niet af", "De minister van Havens"),
    ("Hamnministern i Visby avgår| inte i dag", "Hamnministern i Visby"),
    ("Minister portów w tym roku nie| ustąpi", "Minister portów w tym roku"),
    ("Министр портов сегодня не| уходит в отставку", "Министр портов сегодня"),
    ("Міністр портів сьогодні не| йде у відставку", "Міністр портів сьогодні"),
    ("Ο υπουργός Λιμένων δεν| παραιτείται", "Ο υπουργός Λιμένων"),
    ("وزير الموانئ في المدينة لا| يستقيل", "وزير الموانئ في المدينة"),
    ("שר הנמלים החדש לא| יתפטר", "שר הנמלים החדש"),
    ("बंदरगाह मंत्री इस्तीफा| नहीं देंगे", "बंदरगाह मंत्री"),
    ("항만 장관은 오늘 사임하지| 않는다", "항만 장관은 오늘"),
    ("港口部长在会议上表示不|辞职", "港口部长在会议上表示"),
    ("港口部长在会议上没有|辞职", "港口部长在会议上"),
    ("รัฐมนตรีท่าเรือยืนยันว่าไม่|ลาออก", "รัฐมนตรีท่าเรือยืนยันว่า"),
    ("港湾大臣は今年は辞任し|ない", "港湾大臣は今年は"),
    ("He said no, then| not again", "He said no,"),
    ("Liman bakanı bugün istifa edecek| değil", "Liman bakanı bugün istifa"),
]


@pytest.mark.parametrize(("marked", "kept"), DENIED)
def test_c10_a_cut_keeps_a_negation_with_what_it_denies(marked: str, kept: str) -> None:
    end = marked.index("|")
    assert marked.replace("|", "")[: trusted_end(marked.replace("|", ""), end)] == kept


@pytest.mark.parametrize(("marked", "kept"), DENIED)
@pytest.mark.parametrize("counting", [Counting.CODE_POINTS, Counting.X_WEIGHTED])
def test_c10_no_cut_of_any_length_shows_one_half_of_a_negation(marked: str, kept: str, counting: Counting) -> None:
    text = marked.replace("|", "")
    for limit in range(len(text) // 2, 2 * len(text)):
        result = cut(text, limit=limit, counting=counting)
        if result != text and len(result) > len(kept):
            head = result.removesuffix("…")
            assert result.endswith("…")
            assert trusted_end(text, len(head)) == len(head)


@pytest.mark.parametrize(
    "marked",
    [
        "Talks end in Brussels| without a deal", "The plan is to open| on 5 May", "Not| a word was said",
        "Le vote a lieu le 5 mai| à Lille", "Kommt Zeit, kommt Rat| in Berlin", "南非总统今天在南非|访问",
        "这是一个特别|的日子在今天", "Nothing| is decided",
    ],
)  # fmt: skip
def test_what_is_no_negation_or_too_short_is_cut_where_it_was(marked: str) -> None:
    assert trusted_end(marked.replace("|", ""), marked.index("|")) == marked.index("|")


def test_c10_a_cut_steps_back_before_the_negation() -> None:
    text = "The minister for ports did not resign over the affair"
    for limit in (30, 31, 32, 33):
        assert cut(text, limit=limit, counting=Counting.CODE_POINTS) == "The minister for ports…"
    assert cut(text, limit=40, counting=Counting.CODE_POINTS) == "The minister for ports did not resign…"
