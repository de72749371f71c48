"""What one teaser is made of, as a value, and who makes teasers of such values. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from syndicator.errors import ComposeError, Problem, TemplateError
from syndicator.model import Article, Capabilities, Channel, Media, Teaser


@dataclass(frozen=True, slots=True, kw_only=True)
class TeaserRequest:
    """Everything one teaser is made of. ``text``: an editor's own words instead of the template."""

    article: Article
    channel: Channel
    capabilities: Capabilities
    template: str
    """What the route or the post names; empty: looked up (``core.teaser_choice``)."""
    link: str
    media: tuple[Media, ...] = ()
    text: str | None = None
    site_name: str = ""
    platform: str = ""
    """The platform's name as files are called by it; empty: the channel's word for it."""

    @property
    def platform_name(self) -> str:
        """How template files call the platform."""
        return self.platform or self.channel.platform


Outcome: TypeAlias = Teaser | TemplateError | ComposeError
"""What became of one request among several."""


class Renderer(Protocol):
    """Makes teasers: ``core.teaser.Templates`` in this process, ``service.rendering.Rendering`` in one of its own."""

    def names(self) -> tuple[str, ...]:
        """File names of all templates that can be listed, sorted."""

    def source(self, name: str) -> str:
        """Give the text of a template's file."""

    def check(self, name: str) -> list[Problem]:
        """Compile a template without rendering it; give what is wrong with it."""

    def render(self, request: TeaserRequest) -> Teaser:
        """Make the teaser for one channel.

        Raises:
            TemplateError: the template is missing or wrong, or breaks a limit; with its line where one is known.
            ComposeError: nothing to say, or it does not fit at its shortest.
        """

    def render_all(self, requests: Iterable[TeaserRequest]) -> list[Outcome]:
        """Make several teasers; what went wrong with one of them stands in its place."""
