"""Words that the ends of sentences hang on: abbreviations, months, beginnings. Data only.

Written from what newsrooms print, not from a dictionary; a word that is missing makes a lead one sentence shorter.
"""

import re

ABBREVIATIONS = {
    language: frozenset(words.split())
    for language, words in {
        "en": "rev hon gen col lt sgt capt gov sen rep pres inc ltd co corp dept approx jan feb aug sept oct nov dec "
        "messrs mt ft maj cmdr adm det insp supt bros ave blvd est fig vol al",
        "fr": "m mm me av env art chap",
        "de": "ca nr str tel hr fr geb mio mrd std abs bzgl sog ing dipl",
        "es": "d ud uds ee uu dres avda gral lic ing",
        "it": "sig avv ing on prof art",
        "nl": "mw blz enz jl mr drs ir",
        "pt": "av exmo sr eng",
        "pl": "ul im inż mgr np por zob ks gen",
        "ro": "dl dna nr str art",
        "sv": "bl kl ca nr resp",
        "tr": "sn av bkz yy",
    }.items()
}
"""Words that a full stop belongs to in one language."""

_EVERYWHERE = """
mr mrs ms dr dra prof st sr sra srta dña jr vs bzw evtl ggf inkl usw vgl zzgl mme mlle dott sigg dhr mevr bijv núm pág
tzw tzn godz κ κος κα δρ αρ σελ χιλ εκ δισ κτλ κλπ δηλ βλ καθ гр ул вул ім тис млн млрд грн проф акад див обл гг им руб
тыс стр рис св ст डॉ प्रो श्री रु पं ড ডা মো
"""
EVERYWHERE = frozenset(_EVERYWHERE.split())
"""The same in every language: titles, and words of scripts in which they mean nothing else."""

ORDINAL_LANGUAGES = frozenset(
    ("cs", "da", "de", "et", "fi", "hr", "hu", "is", "lv", "nb", "nn", "no", "sk", "sl", "sr", "tr")
)
"""Languages that write a full stop behind an ordinal number ("am 3. Mai")."""

MONTH = re.compile(
    r"(?:jan|jän|feb|fév|mär|mar[sz]|maart|apr|avr|mai|maj|mei|jun|jui|jul|aug|aoû|sep|okt|oct|nov|dez|dec|déc)\w*\b",
    re.IGNORECASE,
)
_STARTERS = """
The This That These Those It He She They We I You In On At A An But And His Her Its There What When Who
Der Die Das Ein Eine Er Sie Es Wir Im Am Bei Nach Auch Doch Und Aber Für
Le La Les Un Une Il Elle Ils Elles On Ce Cette Mais Dans Des Du El Los Las Lo Una En Su
Gli Uno Nel Ma De Het Een Ze Hij Wij Maar O Os As Um Uma No Na Em Mas
"""
STARTERS = frozenset(_STARTERS.split())
"""Words that seldom follow an abbreviation in the middle of a sentence when they have a capital letter."""

THAI_GOES_ON = re.compile(
    # a title (so that what follows the blank is a family name), or a word that leans on the next one, then the blank
    r"(?:นาย|นาง|นางสาว|ดร\.|คุณ|พล\.|พ\.|ร\.)[^ ]{0,16} "
    r"|(?:ว่า|ของ|กับ|และ|หรือ|โดย|ที่|ไม่|จะ|เป็น|ใน|จาก|ปี|วันที่|เวลา) "
    # or, behind it, a word that goes on with the same sentence
    r"|[ ](?:และ|หรือ|แต่|ที่|ซึ่ง|โดย|เพื่อ|ว่า|รวมถึง|พร้อม|ๆ|ฯ|ไม่|จึง)"
)
