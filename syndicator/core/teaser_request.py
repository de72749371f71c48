"""What one teaser is made of, as a value. Pure data."""

from dataclasses import dataclass

from syndicator.model import Article, Capabilities, Channel, Media


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
