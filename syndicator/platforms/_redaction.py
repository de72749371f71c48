"""Keeps secrets out of messages and logs (X02). It must not log anything itself."""

import logging
import re
from collections.abc import Iterable

SDK_LOGGERS = (
    "tweepy",
    "requests_oauthlib",
    "oauthlib",
    "urllib3",
    "requests",
    "googleapiclient",
    "google",
    "pyfacebook",
)
"""Loggers that print signed headers, bearer tokens or URLs with tokens at DEBUG (tweepy 4.17)."""

HIDDEN = "[secret]"
_SHORTEST = 6
_NAMED = re.compile(
    r"(?i)\b(access_token|appsecret_proof|fb_exchange_token|client_secret|refresh_token|oauth_token|oauth_signature"
    r"|oauth_consumer_key|bearer)(\s*[=:]\s*|\s+)([\"']?)[^\s\"'&,;]+"
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return ``text`` with every secret, and everything that looks like a token parameter, blotted out.

    Values shorter than six characters are not searched for: they would blot out ordinary words.
    """
    for secret in sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _NAMED.sub(lambda found: f"{found[1]}{found[2]}{found[3]}{HIDDEN}", text)


class RedactingFilter(logging.Filter):
    """Redacts a record's message, arguments and traceback; put it on handlers, so that every logger is covered."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self.secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite ``record`` in place; never drop it."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)
        record.msg, record.args = redact(message, self.secrets), None
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = redact(record.exc_text, self.secrets)
        return True


def quiet_sdk_loggers() -> None:
    """Pin the SDKs' loggers to INFO or above: at DEBUG they write credentials."""
    for name in SDK_LOGGERS:
        logger = logging.getLogger(name)
        if logger.level < logging.INFO:  # setting a level empties the caches of all loggers
            logger.setLevel(logging.INFO)
