"""``init`` and ``check``: the first ten minutes."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from syndicator.cli import output, pushing
from syndicator.cli.app import App, pass_app


@click.command()
@click.argument("directory", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace files that are there.")
def init(directory: Path, *, force: bool) -> None:
    """Write an annotated config/syndicator.toml and the templates/ into DIR (default: here).

    Files that are there are kept.
    """
    from syndicator import shipped

    written = shipped.init(directory, force=force)
    for path in shipped.layout(directory):
        click.echo(f"{'wrote' if path in written else 'kept '}  {path}")
    where = "" if directory == Path() else f"cd {directory} && "
    click.echo(f"\nNext: edit {directory / 'config' / 'syndicator.toml'}, then: {where}syndicator check")


@click.command()
@click.option(
    "--online",
    is_flag=True,
    help="Also ask each platform who the credentials are; a two_phase Page gets a test draft, deleted at once.",
)
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
@pass_app
def check(app: App, ctx: click.Context, *, online: bool, wants_json: bool) -> None:
    """Show everything wrong with configuration, secrets and templates at once.

    Every template that a channel may use is rendered for awkward articles (no picture, no summary, 300 characters, from
    right to left, Chinese, emoji, quotation marks, markup …) as that channel counts and cuts, and for the articles in
    templates/golden/articles; what goes wrong is told as FILE:LINE with what to do about it.

    Exit codes: 0 all is well · 1 --online found what a person has to see to · 2 something is wrong.
    """
    from syndicator import wiring
    from syndicator.cli import template_list
    from syndicator.errors import ConfigError

    notices: tuple[str, ...] = ()
    answers: list[dict[str, Any]] = []
    push: dict[str, Any] | None = None
    try:
        found, remarks = _templates(app)
        notices = (*app.settings.notices, *wiring.store_risks(app.settings), *template_list.unused(app), *remarks)
        problems = [*wiring.unsafe_windows(app.settings), *_secrets(app), *found]
        problems += pushing.problems(app)
        push = pushing.document(app)
        answers = [_ask(app, channel.name) for channel in app.settings.channels] if online else []
    except ConfigError as error:
        problems = list(error.problems)
    if wants_json:
        told = {"problems": [asdict(item) for item in problems], "notices": list(notices)}
        used = template_list.document(app) if not problems else {}
        output.as_json({**told, "templates": used, "push": push, "online": answers})
    else:
        _show(app, problems, notices, answers)
        pushing.show(push)
    if problems:
        ctx.exit(2)
    if any(not answer["ok"] for answer in answers):
        ctx.exit(1)


def _secrets(app: App) -> list[Any]:
    import os

    from syndicator import credentials

    return [problem for refs in app.settings.credentials.values() for problem in credentials.check(refs, os.environ)]


def _templates(app: App) -> tuple[list[Any], list[str]]:
    """Render every template that a channel may use for awkward articles, as that channel counts and cuts."""
    from syndicator.cli import templates
    from syndicator.core.teaser_lint import lint

    problems, samples = templates.samples(app)
    remarks: list[str] = []
    for channel in app.settings.channels:
        for use in templates.uses(app, channel):
            found = lint(app.composer.templates, use, samples)
            problems += [templates.located(problem, app) for problem in found.problems]
            remarks += found.remarks
    return list(dict.fromkeys(problems)), list(dict.fromkeys(remarks))


def _whoami(app: App, name: str) -> dict[str, Any]:
    from syndicator import wiring
    from syndicator.errors import SyndicatorError

    try:
        return {"channel": name, "ok": True, **wiring.whoami(app.settings, app.settings.channel(name))}
    except SyndicatorError as error:
        return {"channel": name, "ok": False, "problem": str(error)}


def _ask(app: App, name: str) -> dict[str, Any]:
    """Ask who the credentials are and, where staging needs it, whether drafts are invisible (R18)."""
    from syndicator import platforms

    answer = _whoami(app, name)
    channel = app.settings.channel(name)
    if answer["ok"] and platforms.load(channel.platform).capabilities(channel).when_shown:
        answer |= _probe(app, name)
    return answer


def _probe(app: App, name: str) -> dict[str, Any]:
    """Probe and keep the answer in the post log; before there is one, the first run asks again."""
    from syndicator import wiring
    from syndicator.errors import StoreError, SyndicatorError
    from syndicator.service import probe

    try:
        try:
            with app.parts() as parts:
                found, kept = probe.ask(parts, parts.channels[name]), True
        except StoreError:
            found, kept = wiring.probe(app.settings, app.settings.channel(name)), False
    except SyndicatorError as error:
        return {"ok": False, "problem": f"whether drafts are invisible could not be probed: {error}"}
    return {"probe": {"hidden": found.hidden, "note": found.note, "kept": kept}}


def _show(app: App, problems: list[Any], notices: tuple[str, ...], answers: list[dict[str, Any]]) -> None:
    for problem in problems:
        click.secho(f"✗ {output.printable(str(problem))}", fg="red")
    for notice in notices:
        click.echo(f"• {notice}")
    for answer in answers:
        if answer["ok"]:
            click.secho(
                f"✓ {answer['channel']}: {output.printable(answer['name'])} ({answer['remote_id']})", fg="green"
            )
            for warning in answer["warnings"]:
                click.secho(f"  ! {output.printable(warning)}", fg="yellow")
            if probe := answer.get("probe"):
                _show_probe(probe)
        else:
            click.secho(f"✗ {answer['channel']}: {output.printable(answer['problem'])}", fg="red")
    if not problems:
        from syndicator.cli import template_list

        settings = app.settings
        parts = f"{len(settings.sources)} sources, {len(settings.channels)} channels, {len(settings.rules)} rules"
        click.secho(f"✓ {settings.path}: {parts}, templates render", fg="green")
        for line in template_list.lines(app):
            click.echo(f"  {output.printable(line)}")


def _show_probe(probe: dict[str, Any]) -> None:
    what = "drafts are invisible" if probe["hidden"] else "drafts are VISIBLE, so posts go out directly (no two_phase)"
    kept = "" if probe["kept"] else "; there is no post log yet, so the first run probes again"
    colour = "green" if probe["hidden"] else "yellow"
    click.secho(f"  {'✓' if probe['hidden'] else '!'} {what}: {output.printable(probe['note'])}{kept}", fg=colour)
