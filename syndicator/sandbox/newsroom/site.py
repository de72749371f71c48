"""The packaged part of the sandbox's pages: templates (always escaped) and static assets, read from ``site/``."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from syndicator.sandbox.newsroom.articles import SITE

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def environment() -> Environment:
    """Give the template environment: autoescape everywhere, undefined names are errors."""
    made = Environment(
        loader=FileSystemLoader(SITE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"cdata": _cdata, "json": _json, "rfc822": _rfc822, "iso": _iso, "moment": _moment}
    return made


def fill(template: str, values: Mapping[str, Any]) -> bytes:
    """Render a template of ``site/`` as UTF-8."""
    return environment().get_template(template).render(values).encode()


@cache
def asset(name: str) -> tuple[bytes, str] | None:
    """Give bytes and MIME type of a file in ``site/assets/``; None when there is no such file."""
    file = SITE / "assets" / name
    if "/" in name or file.suffix not in TYPES or not file.is_file():
        return None
    return file.read_bytes(), TYPES[file.suffix]


def fingerprint(body: bytes) -> str:
    """Make a strong ETag, quotes included."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _cdata(text: str) -> Markup:
    """Wrap ``text`` as a CDATA section, splitting where it would end early."""
    return Markup("<![CDATA[{}]]>").format(Markup(str(text).replace("]]>", "]]]]><![CDATA[>")))  # noqa: S704


def _json(value: Any) -> Markup:
    """Write JSON that cannot leave a script element."""
    return Markup(json.dumps(value, ensure_ascii=False, indent=1).replace("<", "\\u003c"))  # noqa: S704


def _rfc822(at: datetime) -> str:
    return format_datetime(at)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
