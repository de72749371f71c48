"""The site's furniture goes, the journalist's sentences stay."""

import time

import pytest

from syndicator.core.boilerplate import BREAKS, LINES, MARKS, TAILS, clean_lead, clean_title

LEAD = "The coalition fell on Friday night."


@pytest.mark.parametrize("rule", LINES, ids=lambda rule: rule.name)
def test_each_line_rule_removes_its_example(rule) -> None:  # type: ignore[no-untyped-def]
    assert rule.pattern.fullmatch(rule.example)
    assert clean_lead(f"{LEAD}\n{rule.example}\nTalks go on.") == f"{LEAD}\nTalks go on."


@pytest.mark.parametrize("rule", [*TAILS, *BREAKS, *MARKS], ids=lambda rule: rule.name)
def test_each_tail_rule_removes_its_example(rule) -> None:  # type: ignore[no-untyped-def]
    assert clean_lead(f"{LEAD} {rule.example}") == LEAD


@pytest.mark.parametrize(
    "furniture",
    [
        "Read more", "READ MORE »", "Read also: Who is who in Kyiv", "See also – The full list | EU Today",
        "Related articles", "Lire aussi : Les ministres quittent Bruxelles", "À lire également", "Lire la suite →",
        "Lesen Sie auch: Was jetzt kommt", "Das könnte Sie auch interessieren:", "Mehr zum Thema",
        "Lea también: La votación", "Te puede interesar", "Leggi anche: Il voto", "Continua a leggere",
        "Leia também: O voto", "Lees ook: De stemming", "Lees verder", "Διαβάστε επίσης: Η ψηφοφορία",
        "Читайте також: Що далі", "Читать далее", "Czytaj także: Głosowanie", "Citește și: Votul",
        "Läs också: Rösten", "اقرأ أيضا: التصويت", "Follow us on X, Facebook and Telegram",
        "Suivez-nous sur Facebook", "Folgen Sie uns auf Instagram", "Síguenos en Twitter", "Seguici su Telegram",
        "Volg ons op X", "Ακολουθήστε μας στο Facebook", "Підписуйтесь на нас у Telegram",
        "Subscribe to our newsletter", "Abonnez-vous à notre newsletter", "Iscriviti alla nostra newsletter",
        "Click here", "Click here to subscribe", "Share on Facebook", "Share this article", "Partager cet article",
        "Artikel teilen", "No comments", "1 Comment", "3 commentaires", "0 Kommentare", "Leave a comment",
        "Comments (4)", "-----", "***", "___", "• • •", "The post “Who won?” appeared first on EU Today.",
        "Der Beitrag Neuwahl erschien zuerst auf EU Today.",
        "L’article Élections est apparu en premier sur EU Today.",
        "This article was originally published on EU Today.", "Foto: dpa", "Photo credit: Reuters/J. Doe",
        "© AFP 2026", "Credit: Getty Images", "Advertisement", "Publicité", "- Anzeige -", "4 min read",
        "[…] reported by EU Today last week […]", "By Ann Lee", "By Ann Lee and Bob Dale | EU Today", "Por Agencia EFE",
        "Von Anna Schmidt", "Written by Ann Lee", "Posted on 22 November 2026", "Last updated: 22.11.2026, 12:30 Uhr",
        "22.11.2026 12:30", "22 November 2026", "November 22, 2026 at 5:00 pm",
        "About the author: Ann Lee is a reporter",
        "Photo by Ann Lee on Unsplash", "Image caption: the harbour", "Caption: the harbour at night",
        "© EU Today 2026. All rights reserved", "Copyright 2026 EU Today", "Tags: harbour, storms", "Filed under: News",
        "Source: Port of Ambel", "#harbour #storm", "https://example.com/a", "Tickets: https://example.com/a",
        "Twitter: https://twitter.com/eutoday", "Listen to this article", "▶ Play", "Please enable JavaScript to go on",
        "Your browser does not support the audio element.", "submitted by ann to news [link] [12 comments]",
        "[link] [comments]", "ann posted a photo:", "Join our WhatsApp channel", "Download our app", "Subscribe now",
        "Support our journalism", "Read the full story here", "Full story", "Read more about the harbour",
        "Your email address will not be published. Required fields are marked *", "Log in to comment",
        "(This piece first appeared on the EU Today blog some years ago.)", "created_by = editor 2.30",
    ],
)  # fmt: skip
def test_furniture_goes(furniture: str) -> None:
    assert clean_lead(f"{LEAD}\n{furniture}") == LEAD
    assert clean_lead(furniture) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "Read also the fine print, she said.",
        "The minister told voters: read more about the plan before you vote.",
        "Follow us on the long road to Kyiv.", "He asked people to follow us on Monday.",
        "Click here, the ad said, and lose everything.", "Share prices fell by 3%.",
        "Share of women in parliament rises",
        "She urged pupils to go on. Continue reading to your children, experts say.",
        "12 comments were deleted by the ministry.", "Related crimes rose 12%.",
        "Photo: it was the first time. No one knew.", "Photo ID: what voters need to know",
        "Image problems: how a party lost its face", "Comments made by the president were deleted.",
        "The post of minister is vacant. He appeared first on Monday.", "Bild reported that talks had ended.",
        "Get the vaccine, says the newsletter editor.", "Recommended doses rose.",
        "See also what the court said in March.", "Anzeige gegen Unbekannt", "Advertisement spending fell",
        "Read more: the ministry said. Then it stopped.", "Credit: banks tighten",
        "Mehr dazu sagte der Kanzler nicht.", "Leer más es bueno para los niños, dice un estudio.",
        "He left a comment on the post.", "The end came – quickly.", "Published in 1995, the book is read again",
        "Published on Monday, the plan would cut costs", "Updated plans cost 12 million",
        "Video by rebels shows hostage alive",
        "Video: Police storm building in Paris", "Foto de Messi se vuelve viral",
        "Get the vaccine, says community leader",
        "Full report on the ferry disaster due Monday", "See full moon tonight over Europe",
        "By land and sea they came",
        "Von Paris nach Rom in vier Stunden", "Sources say the talks failed", "Join our fight, the minister said",
        "Support for the minister falls", "Donate blood, doctors say", "Watch sales rise in Geneva",
        "On 22 November 2026 the bridge opens", "The list is long: https://example.com/list shows all of it",
        "He played for Mail.Ru, then for Booking.Com today", "The bridge (photo right) is closed",
    ],
)  # fmt: skip
def test_real_sentences_stay(sentence: str) -> None:
    assert clean_lead(sentence) == sentence
    assert clean_lead(f"{LEAD} {sentence}") == f"{LEAD} {sentence}"
    assert clean_lead(f"{LEAD}\n{sentence}") == f"{LEAD}\n{sentence}"


def test_cut_marks_become_honest() -> None:
    assert clean_lead("The minister said […]") == "The minister said…"
    assert clean_lead("The minister said [...]") == "The minister said…"
    assert clean_lead("The end. […]") == "The end."
    assert clean_lead("The minister said… Continue reading Talks fail") == "The minister said…"


def test_titles() -> None:
    assert clean_title(" Talks\nfail | ") == "Talks fail"
    assert clean_title("| Talks fail –") == "Talks fail"
    assert clean_title("Talks fail [...]") == "Talks fail…"
    assert clean_title("EU-Mercosur: yes – or no") == "EU-Mercosur: yes – or no"
    assert clean_title("-5 °C in Kyiv") == "-5 °C in Kyiv"


@pytest.mark.parametrize(
    "piece", ["the post ", "read also ", ". ", "follow us x ", " ", "|", "\n", "[", "get our ", "- ", "photo: A"]
)
def test_hostile_leads_are_fast(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    clean_lead(text)
    clean_title(text)
    assert time.process_time() - began < 1.0


FOREST = f"The robots found a forest. {'It is old. ' * 25}".strip()


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("The trains run.\nFollow us on your favourite network for more.", "The trains run."),
        ("The trains run. […]\nShare this: Facebook · X · E-mail · Print", "The trains run."),
        ("The trains run [...]\nand so on.", "The trains run…\nand so on."),
        ("First part.\n[…]\nSecond part.", "First part.\nSecond part."),
        ("He said it was […] enough.", "He said it was … enough."),
        (f"Read also: What lives below? The robots found a forest. {'It is old. ' * 25}".strip(), FOREST),
        ("العبّارة تعمل.\nاقرأ أيضًا: كيف؟\nظهرت المقالة العبّارة أولاً على Lantern.", "العبّارة تعمل."),
        ("稻田收获了大米。 […]\n延伸阅读：蜜蜂去了哪里？\n屋顶稻田 最先出现在 Lantern。", "稻田收获了大米。"),
        ("電車が走る。\n関連記事：駅の話", "電車が走る。"),
    ],
)
def test_habits_seen_in_the_wild(text: str, lead: str) -> None:
    assert clean_lead(text) == lead


TITLE = "Coppa Primavera. Roma-Inter 0-0: decide il palo"


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        (f"{LEAD}\nL’articolo {TITLE} proviene da Lanterna.", LEAD),
        (f"{LEAD} The post {TITLE} appeared first on Lantern.", LEAD),
        (f"{LEAD}\nArtikkeli {TITLE} julkaistiin ensimmäisen kerran sivustolla Lyhty.", LEAD),
        (f"{LEAD} A {TITLE} bejegyzés először a Lámpás oldalon jelent meg.", LEAD),
        ("The hub ( https://example.com/hub ) is open again.", "The hub is open again."),
        (f"{TITLE}\n{LEAD}", LEAD),
        (f"{TITLE} was the headline.", f"{TITLE} was the headline."),
        (f"{LEAD} You can learn more at https://example.com/a", LEAD),
        (f"{LEAD} Use our link: https://example.com/a. Talks go on.", f"{LEAD} Talks go on."),
        ("The trains run... Leia mais no Lanterna!", "The trains run..."),
        (f"{LEAD} Leia mais (09/24/2026 - 15h21)", LEAD),
        (f"{LEAD} (Photo by Ann Lee/Lantern)\nTalks go on.", f"{LEAD}\nTalks go on."),
        ("[caption id='1']The harbour[/caption]\nThe trains run.", "The trains run."),
        ("The [harbour](https://example.com/a) is **open** again.", "The harbour is open again."),
        ('In reply to <a href="https://example.com/#1">Ann</a>.&nbsp; Thanks.', "In reply to Ann.  Thanks."),
        ("Caf&#233; open again.", "Café open again."),
        ("O porto reabriu esta semana.As balsas voltam.", "O porto reabriu esta semana. As balsas voltam."),
        ("The harbour is open.Ferries run again, he said.", "The harbour is open. Ferries run again, he said."),
        (f"{LEAD}\nAnn says: March 3, 2026 at 5:00 pm\nGreat article!", LEAD),
        (f"{LEAD}\nLeave a Reply\nWhat a bridge.", LEAD),
        (f"{LEAD}\nThe caf\ufffd is closed.", LEAD),
        ("!!!", ""), ("...", ""), (". g.", ""),
    ],
)  # fmt: skip
def test_what_surrounds_the_lead_goes_with_the_title_it_repeats(text: str, lead: str) -> None:
    assert clean_lead(text, title=TITLE) == lead


@pytest.mark.parametrize(
    "piece",
    [
        "http://a ",
        "By A ",
        "a = ",
        "[x](",
        "a.B ",
        "(photo: ",
        "&#33;",
        "#a ",
        "Photo by A ",
        "1 May 20",
        "\ufffd",
        "**a",
    ],
)
def test_hostile_lines_are_fast(piece: str) -> None:
    line = piece * (690 // len(piece))
    began = time.process_time()
    clean_lead("\n".join([line] * 7), title="a.B a.B a.B")
    assert time.process_time() - began < 0.5
    began = time.process_time()
    clean_lead(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 1.0


def test_a_text_that_only_points_elsewhere_is_a_lead_where_there_is_no_title() -> None:
    text = "A great piece on harbours: https://example.com/a"
    assert clean_lead(text) == text
    assert clean_lead(text, title="Harbours of the north") == ""
    assert clean_lead("https://example.com/a") == ""
