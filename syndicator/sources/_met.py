"""Which addresses of a source were met before, small enough to be kept for thousands of them. Pure.

Eleven characters an address: 48 bits of its canonical form, 12 bits of its date of change, one of its state. Two
addresses of a site share the 48 bits with a probability below one in a hundred million.
"""

import base64
import hashlib
from collections.abc import Iterable

from syndicator.core.links import canonical

MOST = 3000
READ, TITLED, IGNORED = "r", "t", "i"
"""Its page was read; a sitemap gave its title, so its page is not read; it is not looked at again, because it was there
before the first reading (nobody's news) or is no article.
"""
_KEY, _MARK = 8, 2
_LENGTH = _KEY + _MARK + 1


class Met:
    """Addresses met before, the newest first."""

    def __init__(self, text: str = "") -> None:
        rows = (text[at : at + _LENGTH] for at in range(0, len(text), _LENGTH))
        self._known = {row[:_KEY]: row[_KEY:] for row in rows if len(row) == _LENGTH}

    def packed(self, *, first: Iterable[str]) -> str:
        """Give everything as text; addresses of ``first`` are kept before older ones."""
        order = dict.fromkeys((*(_key(url) for url in first), *self._known))
        return "".join(key + self._known[key] for key in order if key in self._known)[: MOST * _LENGTH]

    def state(self, url: str) -> str:
        """Give the state of ``url``: ``READ``, ``BASELINE``, a digit (so often it failed), or "" when it is new."""
        return self._known.get(_key(url), "")[_MARK:]

    def changed(self, url: str, date: str) -> bool:
        """Say whether ``url`` was read and has another date of change now."""
        said = self._known.get(_key(url), "")
        return bool(date) and said[_MARK:] == READ and said[:_MARK] != _hashed(date, _MARK)

    def note(self, url: str, date: str, state: str) -> None:
        """Write down what became of ``url``."""
        key = _key(url)
        mark = _hashed(date, _MARK) if date or key not in self._known else self._known[key][:_MARK]
        self._known[key] = mark + state


def _key(url: str) -> str:
    try:
        return _hashed(canonical(url), _KEY)
    except ValueError:
        return _hashed(url, _KEY)


def _hashed(text: str, length: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:length]
