"""What no reader of a lead should see, written down by hand from looking at sites: independent of the product's rules.

Plain words and plain shapes only, in the languages of the corpus. Nothing here is imported from ``core.boilerplate``.
"""

import re

PHRASES = """
read also | also read: | read more | read full | read the full | read the rest
see also: | related: | related posts
related articles | related stories | you may also like | recommended for you | more on this story | continue reading
keep reading | click here | tap here | click to | follow us | follow @ | like us on | join our | join us on
subscribe to our | sign up for | newsletter sign | our newsletter | subscribe now | share this | share on | share via
tweet this | print this
leave a comment | leave a reply | post a comment | add comment | no comments | comments off | comments ( | 0 comments
1 comment | view comments | appeared first on | first appeared on | originally published on | originally appeared
the post was | filed under | tagged with | posted in | posted by | submitted by | posted a photo | about the author
all rights reserved | copyright © | photo by | photo: | image: | photo credit | picture: | getty images | image caption
[link] | [comments] | [caption | [/caption | [gallery | […] | [...] | &hellip; | advertisement | sponsored content
enable javascript | does not support the | watch live | listen to this | min read | minutes read | reading time
via email | download our app | whatsapp channel | telegram channel | support us on patreon | patreon.com
lire aussi | à lire aussi | lire la suite | abonnez-vous | suivez-nous | partager sur | crédit photo
est apparu en premier | cliquez ici | voir aussi | lesen sie auch | lesen sie mehr | mehr zum thema | weiterlesen
hier klicken | klicken sie | folgen sie uns | folgt uns | newsletter abonnieren | jetzt abonnieren | teilen auf
erschien zuerst auf | foto: | bild: | bildquelle | lea también | leer más | leia mais | leia também
siga-nos | síguenos | haga clic | haz clic | foto de | suscríbete | apareció primero
apareceu primeiro | leggi anche | leggi tutto | continua a leggere | seguici | proviene da
lees ook | lees meer | lees verder | volg ons | verscheen eerst | läs mer | läs också | czytaj także
czytaj więcej | zobacz także | читать далее | читайте также | читайте також | подписывайтесь | підписуйтесь
поделиться | διαβάστε | ακολουθήστε | اقرأ أيضا | تابعونا | קראו גם | 延伸阅读 | 相关阅读
点击这里 | 关注我们 | 続きを読む | 関連記事 | और पढ़ें | यह भी पढ़ें | อ่านต่อ | อ่านเพิ่มเติม
"""
SHAPES = {
    "a line of signs": r"(?m)^[\W_]{2,}$",
    "signs in a row": r"(?<!\w)[-_=*~#•]{4,}",
    "an elision mark": r"[\[(]\s*(?:…|\.{3}|&hellip;)\s*[\])]",
    "markup": r"(?i)</?(?:a|p|br|b|i|u|div|span|img|strong|em|ul|ol|li|h\d|table|td|tr|blockquote)\b[^>]{0,80}>"
    r"|&(?:amp|lt|gt|quot|nbsp|#\d+|#x[0-9a-f]+);",
    "an address at the end": r"https?://\S+\s*$",
    "a line that is an address": r"(?m)^\s*https?://\S+\s*$",
    "a count of comments": r"(?i)\b\d+ (?:comments?|replies|commentaires?|kommentare?|comentarios?|commenti|reacties"
    r"|σχόλια|комментари\w+)\b",
    "an arrow to more": r"(?:→|>>)\s*$|^[^«‹]*[»›]\s*$",
    "a date line": r"(?m)^\s*\d{1,2}[./-]\d{1,2}[./-]\d{2,4}[ ,:0-9]*$",
    "a byline": r"^(?:By|Von|Par|Por|Di) [A-ZÀ-Þ][\w.’-]+ [A-ZÀ-Þ][\w.’-]+$",
    "a decoding error": "\ufffd|Ã[\u0080-\u00bf]|â€|Ð[\u0080-\u00bf‘’“”°±²³´µ]",
}
_PHRASES = [" ".join(phrase.split()) for line in PHRASES.split("\n") for phrase in line.split("|") if phrase.strip()]
_SHAPES = {name: re.compile(shape) for name, shape in SHAPES.items()}


def _says(text: str, phrase: str) -> bool:
    """Say whether a phrase stands in a text as whole words; scripts without blanks have none."""
    if phrase[0] >= "\u0e00":
        return phrase in text
    return phrase in text and bool(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text))


def furniture_in(lead: str) -> list[str]:
    """Name every phrase and shape that ``lead`` shows."""
    text = " ".join(lead.casefold().split())
    found = [phrase for phrase in _PHRASES if _says(text, phrase.casefold())]
    return found + [name for name, shape in _SHAPES.items() if shape.search(lead)]
