"""Previews and dry runs: the same plan, render and compose code as the real thing, and nothing that lasts.

A preview composes. A dry run goes further: the same four verbs work on a throw-away copy of the post log, with
adapters that put nothing on any wire. Neither touches a platform or the log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syndicator.core import identity
from syndicator.core import plan as decisions
from syndicator.errors import ComposeError, TemplateError
from syndicator.model import (
    Article,
    Channel,
    Composed,
    Draft,
    Guard,
    Identity,
    LoadMedia,
    LookUp,
    Pending,
    Probe,
    Receipt,
    Rule,
    Staged,
)
from syndicator.service.compose import Composer
from syndicator.service.compose import Draft as Composition


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One article with its drafts by channel, and why a channel has none."""

    article: Article
    drafts: Mapping[str, Composition]
    problems: Mapping[str, str]


def preview(
    composer: Composer,
    found: Sequence[Article],
    *,
    channels: Sequence[Channel],
    rules: Sequence[Rule],
    text: str | None = None,
    known: Callable[[Article], str | None] = lambda _: None,
) -> tuple[Preview, ...]:
    """Compose each article for each channel, with the template that its route names."""
    return tuple(
        _preview(
            composer, replace(article, id=known(article) or article.id), channels=channels, rules_=rules, text=text
        )
        for article in found
    )


def _preview(
    composer: Composer, article: Article, *, channels: Sequence[Channel], rules_: Sequence[Rule], text: str | None
) -> Preview:
    routes = decisions.routes(article, rules_)
    drafts: dict[str, Composition] = {}
    problems: dict[str, str] = {}
    for channel in channels:
        route = routes.get(channel.name)
        try:
            drafts[channel.name] = composer.compose(
                article,
                channel=channel,
                marker=identity.post_id(article.id, channel.name),
                template=route.template if route else "",
                text=text,
            )
        except (TemplateError, ComposeError) as error:
            problems[channel.name] = str(error)
    return Preview(article=article, drafts=drafts, problems=problems)


class DryAdapter:
    """An adapter that puts nothing on any wire: what a dry run publishes to."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def whoami(self) -> Identity:
        """Name the rehearsal."""
        return Identity(remote_id="dry-run", name="dry run")

    def stage(self, composed: Composed, load_media: LoadMedia, earlier: Staged | None) -> Staged:  # noqa: ARG002
        """Stage nothing."""
        return Staged(composed=composed, refs={"dry_run": True})

    def publish(self, staged: Staged, guard: Guard) -> Receipt | Pending:
        """Pretend: give a receipt that says so."""
        guard()
        return Receipt(remote_id=f"dry-run-{staged.composed.marker}", remote_url="", platform_at=self._now())

    def progress(self, staged: Staged, pending: Pending) -> Receipt | Pending:  # noqa: ARG002
        """Nothing is ever under way."""
        return pending

    def find(self, staged: Staged, since: datetime) -> LookUp:  # noqa: ARG002
        """Look nowhere: a rehearsal proves nothing about a doubtful post."""
        return LookUp(hits=(), complete=False, note="dry run: not looked up")

    def withdraw(self, receipt: Receipt) -> None:
        """Nothing to delete."""

    def probe(self) -> Probe:
        """Show nothing: no rehearsal is ever visible."""
        return Probe(hidden=True, note="dry run")

    def drafts(self) -> tuple[Draft, ...]:
        """Nothing lies anywhere."""
        return ()

    def discard(self, draft: Draft) -> bool:  # noqa: ARG002
        """Delete nothing."""
        return False

    def close(self) -> None:
        """Nothing to close."""
