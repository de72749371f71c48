"""What a template may do to a text: the filters, beside the plain ones of Jinja2. Pure; Babel is loaded when needed."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any, cast

from jinja2 import pass_context
from jinja2.runtime import Context

from syndicator.core.teaser_fit import fit, if_room
from syndicator.core.text_hashtags import Hashtags, hashtags

_QUOTES = {
    "": "“”", "de": "„“", "cs": "„“", "sk": "„“", "sl": "„“", "et": "„“", "lt": "„“", "bg": "„“", "is": "„“",
    "pl": "„”", "ro": "„”", "hu": "„”", "hr": "„”", "nl": "‘’", "fi": "””", "sv": "””", "ja": "「」",
    "fr": "«»", "es": "«»", "it": "«»", "pt": "«»", "el": "«»", "uk": "«»", "ru": "«»", "no": "«»", "nb": "«»",
    "ar": "«»", "fa": "«»", "da": "»«",
}  # fmt: skip
_FRENCH_SPACE = "\u00a0"
_WORD = re.compile(r"\S+")


@pass_context
def first_sentences(context: Context, text: str, n: int = 1) -> str:
    """``{{ article.summary | sentences(2) }}``: the first sentences, in the article's language."""
    found: str = cast(Any, context.environment).sentences(str(text), n, language=_language(context))
    return found


def truncate_words(text: str, n: int) -> str:
    """Keep the first ``n`` words, with an ellipsis when there were more."""
    for count, match in enumerate(_WORD.finditer(str(text)), start=1):
        if count > n:
            return str(text)[: match.start()].rstrip().rstrip(",;:–—-") + "…"
    return str(text)


@pass_context
def make_hashtags(
    context: Context,
    tags: Iterable[str] | str,
    limit: int = 2,
    style: str = "",
    skip: Iterable[str] | str = (),
) -> Hashtags:
    """``{{ article.tags | hashtags(2) }}``: tags that read well as hashtags; ``style``: camel, snake or lower.

    The channel's own maximum holds whatever ``limit`` says; the house's names and stop list hold everywhere.
    """
    channel, environment = context["channel"], cast(Any, context.environment)
    words = (tags,) if isinstance(tags, str) else tags
    left_out = (skip,) if isinstance(skip, str) else tuple(skip)
    most = int(limit) if channel.hashtags_most is None else min(int(limit), channel.hashtags_most)
    style = style or channel.hashtags_style or "camel"
    return hashtags(words, most, style=style, skip=(*environment.house.stop, *left_out), named=environment.named)


def no_emoji(text: str) -> str:
    """``{{ article.title | no_emoji }}``, ``{% filter no_emoji %}``: without emoji; signs such as ™ and → stay."""
    text = str(text)
    if text.isascii():
        return text
    bare = _emoji().sub("", text)
    return text if bare == text else _GAPS.sub(" ", bare).strip(" ")


@cache
def _emoji() -> Any:
    import regex

    one = r"(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|\p{Emoji_Modifier_Base}(?=\p{Emoji_Modifier}))"
    more = r"\uFE0F?\p{Emoji_Modifier}?[\U000E0020-\U000E007F]*"
    joined = rf"(?:\u200D\p{{Extended_Pictographic}}{more})*"
    return regex.compile(rf"\p{{RI}}\p{{RI}}|[0-9#*]\uFE0F?\u20E3|{one}{more}{joined}|\p{{Emoji_Modifier}}")


_GAPS = re.compile(" {2,}")


@pass_context
def date(context: Context, value: datetime | None, form: str = "long") -> str:
    """``{{ article.published_at | date }}``: in the article's language and the channel's time zone; "" for no date.

    ``form``: short, medium, long, full, or a Babel pattern such as ``"d MMMM"``.
    """
    if value is None:
        return ""
    from babel.dates import format_date, format_datetime

    local = _local(context, value)
    if form in ("short", "medium", "long", "full"):
        return format_date(local, form, locale=_locale(context))
    return format_datetime(local, form, locale=_locale(context))


@pass_context
def clock(context: Context, value: datetime | None, form: str = "short") -> str:
    """``{{ article.published_at | time }}``: the time of day, as ``date``."""
    if value is None:
        return ""
    from babel.dates import format_time

    return format_time(_local(context, value), form, locale=_locale(context))


@pass_context
def quote(context: Context, text: str) -> str:
    """``{{ article.title | quote }}``: in the quotation marks of the article's language."""
    language = (_language(context) or "")[:2]
    marks = _QUOTES.get(language, _QUOTES[""])
    space = _FRENCH_SPACE if language == "fr" else ""
    return f"{marks[0]}{space}{text}{space}{marks[1]}" if text else ""


def initial_upper(text: str) -> str:
    """``{{ text | initial_upper }}``: a capital first letter, the rest as it is."""
    return str(text)[:1].upper() + str(text)[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    "fit": fit,
    "if_room": if_room,
    "sentences": first_sentences,
    "truncate_words": truncate_words,
    "hashtags": make_hashtags,
    "date": date,
    "time": clock,
    "quote": quote,
    "no_emoji": no_emoji,
    "initial_upper": initial_upper,
}


def _language(context: Context) -> str | None:
    language: str | None = context["article"].language or context["channel"].language
    return language


def _local(context: Context, value: datetime) -> datetime:
    from babel.dates import get_timezone

    zone = context["channel"].timezone
    cast(Any, context.environment).reading(f"zone:{zone}")
    return value.astimezone(get_timezone(zone))


def _locale(context: Context) -> Any:
    language = (_language(context) or "en").replace("-", "_")
    cast(Any, context.environment).reading(f"locale:{language}")
    return locale_of(language)


def locale_of(language: str) -> Any:
    """Give Babel's locale for ``pt_BR``, or of its language, or English."""
    from babel import Locale, UnknownLocaleError

    for name in (language, language.partition("_")[0]):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en")
