"""Read what the newsroom's words in teasers may be: hashtags, what stays alive of sources' texts, maxima and styles."""

import re
from collections.abc import Mapping

from syndicator.core.boilerplate_own import EXPRESSION, Unusable, check
from syndicator.model import HouseStyle
from syndicator.settings.values import Unfit, did_you_mean

STYLES = ("camel", "snake", "lower")
MOST = 30


def house_style(
    named: dict[str, str] | None,
    stop: list[str] | None,
    allow: list[str] | None,
    *,
    boilerplate: Mapping[str, tuple[str, ...]],
) -> HouseStyle:
    """Make the house style of what the tables ``[hashtags]``, ``[text]`` and ``[sources.NAME]`` say."""
    return HouseStyle(
        hashtags=dict(named or {}),
        stop=tuple(stop or ()),
        allow=tuple(dict.fromkeys(allow or ())),
        boilerplate=dict(boilerplate),
    )


def read_boilerplate(value: object) -> str:
    """Read what a source prints around its articles: a phrase, or ``re:`` and a regular expression."""
    if not isinstance(value, str):
        raise Unfit("must be a phrase in quotes", "such as \"Read our liveblog\" or 're:Photo: .*'")
    try:
        check(value)
    except Unusable as error:
        hint = "in TOML, put expressions into 'single quotes'; one is compared with a whole line"
        raise Unfit(str(error), hint if value.startswith(EXPRESSION) else 'such as "Read our liveblog"') from None
    return value


def read_hashtag(value: object) -> str:
    """Read a hashtag, with or without ``#``: letters and digits of any script and ``_``, not digits alone."""
    word = value.strip().removeprefix("#") if isinstance(value, str) else ""
    if not re.fullmatch(r"\w{1,100}", word) or not re.search(r"[^\W\d_]", word):
        raise Unfit("is not a hashtag", 'letters, digits and _ only, such as "EuElections"')
    return word


def read_entity(value: object) -> str:
    """Read a mention, hashtag or cashtag that stays alive in texts of sources."""
    if not isinstance(value, str) or not re.fullmatch(
        r"@\w{1,50}|#\w{1,100}|\$[A-Za-z]{1,6}([._][A-Za-z]{1,2})?", value
    ):
        raise Unfit("is neither a mention nor a hashtag nor a cashtag", 'such as "@EU_today", "#EU" or "$TSLA"')
    return value


def read_most(value: object) -> int:
    """Read how many hashtags a teaser has at most; none is a number, too."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise Unfit("must be a number of hashtags", f"from 0 (none) to {MOST}")
    return value


def read_style(value: object) -> str:
    """Read how hashtags are written."""
    if value not in STYLES:
        close = did_you_mean(value, STYLES) if isinstance(value, str) else ""
        raise Unfit(f"must be one of: {', '.join(STYLES)}", close or "camel writes #EuElections")
    return str(value)
