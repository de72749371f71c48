"""The pages that are drawn for people: where their templates are, and how they are rendered. Everything is escaped."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import jinja2

FOLDER = Path(__file__).parent / "page"


def environment(**filters: Callable[..., object]) -> jinja2.Environment:
    """Give an environment for the templates of pages, with ``filters`` besides Jinja2's own."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= filters
    return made


def policy(style: str, *, pictures: bool) -> str:
    """Give the policy of a page: this very style sheet, perhaps pictures inside the page; nothing else from nowhere."""
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    images = " img-src data:;" if pictures else ""
    return f"default-src 'none';{images} style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
