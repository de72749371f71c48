"""Which templates a channel may use, which of them are overrides and for what, and which ones nothing ever takes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from syndicator.cli.app import App

if TYPE_CHECKING:
    from syndicator.core.teaser_choice import Choice
    from syndicator.model import Channel


def uses(app: App, channel: "Channel") -> tuple["Choice", ...]:
    """Give the templates that posts of a channel may get, each once, with what it is for."""
    from syndicator.core.teaser_choice import BY_CHANNEL, BY_PLATFORM, BY_ROUTE, Choice

    routes = [route for rule in app.settings.rules for route in rule.routes if route.channel == channel.name]
    found = [Choice(name=route.template, why=BY_ROUTE) for route in routes if route.template]
    if channel.template:
        found.append(Choice(name=channel.template, why=BY_CHANNEL))
    else:
        found += _overrides(app, channel)
        found.append(Choice(name=f"{_platform(channel)}.j2", why=BY_PLATFORM))
    return tuple({choice.name: choice for choice in reversed(found)}.values())[::-1]


def _overrides(app: App, channel: "Channel") -> Iterator["Choice"]:
    from syndicator.core.teaser_choice import Choice, reach

    settings = app.settings
    labels = {label for source in settings.sources for label in source.labels}
    for name in app.composer.templates.names():
        why = reach(
            name,
            platform=_platform(channel),
            channels={other.name for other in settings.channels},
            labels=labels,
            sources={source.name for source in settings.sources},
        )
        if why and (not why.startswith("for the channel ") or why == f"for the channel {channel.name}"):
            yield Choice(name=name, why=why)


def _platform(channel: "Channel") -> str:
    from syndicator import platforms

    return platforms.load(channel.platform).SPEC.name


def unused(app: App) -> list[str]:
    """Name override files that no article of this configuration gets: most often a word is spelled otherwise."""
    names = {name for name in app.composer.templates.names() if "/" in name}
    channels = app.settings.channels
    taken = {choice.name for channel in channels for choice in uses(app, channel)}
    named = {_platform(channel) for channel in channels if channel.template}
    hint = "it is neither a channel, nor label-LABEL or source-NAME of a source, nor a language"
    return [
        f"nothing takes the template {name}: {'the channel names another' if folder in named else hint}"
        for name, folder in sorted((name, name.partition("/")[0]) for name in names - taken)
        if folder in {_platform(channel) for channel in channels}
    ]


def lines(app: App) -> list[str]:
    """Say for each channel which templates it uses, and what each is for."""
    return [
        f"{channel.name}: " + " · ".join(f"{choice.name} ({choice.why})" for choice in uses(app, channel))
        for channel in app.settings.channels
    ]


def document(app: App) -> dict[str, Any]:
    """Shape the same for ``--json``."""
    return {
        channel.name: [{"template": choice.name, "why": choice.why} for choice in uses(app, channel)]
        for channel in app.settings.channels
    }
