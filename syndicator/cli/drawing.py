"""The pages that are drawn for people: where their templates are, and how they are rendered. Everything is escaped."""

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
