"""``templates``: which there are and who uses them; and whether they still make of sample articles what they made."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.cli.templates_golden import Finding
    from syndicator.core.teaser_lint import Use
    from syndicator.errors import Problem
    from syndicator.model import Article, Channel


@click.group()
def templates() -> None:
    """List the templates, and test what they make of sample articles.

    Golden renderings are plain text files beside the templates, templates/golden/TEMPLATE/ARTICLE.txt: what a template
    makes of an article that is known to be awkward (no summary, 300 characters, Arabic, Chinese, emoji …). Keep them
    with the templates in version control, and let your own CI run the test: whoever edits a template sees what changes.

    \b
    syndicator templates test --update       write them, the first time and whenever a change is meant
    syndicator templates test                show what a template makes now and did not make before; exit code 1

    Articles of your own are tested, too: one file for each, templates/golden/articles/NAME.toml:

    \b
    title = "Council votes on harbour plan"  the only line that has to be there
    summary = "The vote is on Friday."
    language = "en"                          also: tags, labels, authors (lists), source, url,
    picture = "The harbour at night"         published_at = 2026-11-20T09:30:00Z
    """


@templates.command("list")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@pass_app
def list_templates(app: App, *, wants_json: bool) -> None:
    """Show every template: where it lies, which channels use it and for what, and its golden renderings."""
    from syndicator.cli import output

    rows = _rows(app)
    if wants_json:
        output.as_json({"folder": str(app.settings.templates_dir), "templates": rows})
        return
    cells = [
        (row["template"], row["where"], "; ".join(f"{one['channel']}: {one['why']}" for one in row["uses"]) or "–",
         str(row["golden"]) if row["golden"] else "none")
        for row in rows
    ]  # fmt: skip
    output.table(("template", "where", "used", "golden"), cells)


def _rows(app: App) -> list[dict[str, Any]]:
    from syndicator import shipped
    from syndicator.cli import template_list, templates_golden

    folder = app.settings.templates_dir
    used: dict[str, list[dict[str, str]]] = {name: [] for name in app.composer.templates.names()}
    for channel in app.settings.channels:
        for choice in template_list.uses(app, channel):
            used.setdefault(choice.name, []).append({"channel": channel.name, "why": choice.why})
    return [
        {
            "template": name,
            "where": _where(name, folder, shipped.templates()),
            "uses": found,
            "golden": len(list((folder / templates_golden.FOLDER / name).glob("*.txt"))),
        }
        for name, found in sorted(used.items())
    ]


def _where(name: str, folder: Path, shipped: Path) -> str:
    if (folder / name).is_file():
        return "yours" if folder != shipped else "shipped"
    return "shipped" if (shipped / name).is_file() else "missing"


@templates.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--update", is_flag=True, help="Accept what the templates make now: write it, remove what is gone.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
@pass_app
def test(app: App, ctx: click.Context, names: tuple[str, ...], *, update: bool, wants_json: bool) -> None:
    """Render the templates for sample articles and compare with their golden renderings.

    Exit codes: 0 nothing changed (or --update) · 1 something did · 2 usage, configuration or a sample article.

    \b
    syndicator templates test
    syndicator templates test twitter.j2
    syndicator templates test --update
    """
    from syndicator.cli import output, templates_golden, templates_samples
    from syndicator.errors import ConfigError

    uses = _chosen(app, names)
    folder = _folder(app)
    samples, problems = templates_samples.read(folder)
    if problems:
        raise ConfigError(problems)
    found = templates_golden.compare(folder, app.composer.templates, uses, samples, whole=not names)
    if update:
        try:
            templates_golden.accept(found)
        except OSError as error:
            raise click.FileError(str(error.filename or folder), hint=error.strerror or str(error)) from error
    if wants_json:
        output.as_json(_document(found, updated=update))
    else:
        _show(found, updated=update)
    if not update and any(one.kind != "same" for one in found):
        ctx.exit(1)


def uses(app: App, channel: "Channel") -> "list[Use]":
    """Give the templates that posts of a channel may get, as the channel uses them."""
    from syndicator import platforms
    from syndicator.cli import template_list
    from syndicator.core.teaser_lint import Use

    platform = platforms.load(channel.platform)
    return [
        Use(
            name=choice.name,
            channel=channel,
            capabilities=platform.capabilities(channel),
            platform=platform.SPEC.name,
            site=app.settings.site.name,
        )
        for choice in template_list.uses(app, channel)
    ]


def samples(app: App) -> "tuple[list[Problem], dict[str, Article]]":
    """Give what is wrong with the newsroom's own sample articles, and those that can be read."""
    from syndicator.cli import templates_golden, templates_samples

    articles, problems = templates_samples.read(app.settings.templates_dir / templates_golden.FOLDER)
    return problems, articles


def located(problem: "Problem", app: App) -> "Problem":
    """Name the file of a template as it lies on the disk, with its line as editors jump to it: ``FILE:LINE``."""
    from syndicator import shipped

    folders = (app.settings.templates_dir, shipped.templates())
    path = next((folder / problem.file for folder in folders if (folder / problem.file).is_file()), None)
    if path is None:
        return problem
    line = problem.key.removeprefix("line ")
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return replace(problem, file=f"{shown}:{line}" if line.isdigit() else str(shown), key="")


def _chosen(app: App, names: Sequence[str]) -> "dict[str, Use]":
    """Give the templates to test, each as the first channel uses it."""
    found: dict[str, Use] = {}
    for channel in app.settings.channels:
        for use in uses(app, channel):
            found.setdefault(use.name, use)
    wanted = [name if name.endswith(".j2") else f"{name}.j2" for name in names]
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise click.UsageError(f"no channel uses a template {unknown[0]!r}; used are: {', '.join(sorted(found))}")
    return {name: found[name] for name in sorted(found) if not wanted or name in wanted}


def _folder(app: App) -> Path:
    from syndicator import shipped
    from syndicator.cli import templates_golden

    settings = app.settings
    if settings.templates_dir == shipped.templates() and not settings.templates_dir.is_relative_to(settings.project):
        raise click.UsageError("this project has no templates of its own: `syndicator init` copies the shipped ones")
    return settings.templates_dir / templates_golden.FOLDER


def _document(found: "Sequence[Finding]", *, updated: bool) -> dict[str, Any]:
    kinds = ("changed", "new", "gone")
    return {
        "updated": updated,
        "same": sum(one.kind == "same" for one in found),
        **{
            kind: [
                {"template": one.template, "article": one.article, "file": str(one.path), "diff": one.diff()}
                for one in found
                if one.kind == kind
            ]
            for kind in kinds
        },
    }


_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def _show(found: "Sequence[Finding]", *, updated: bool) -> None:
    by_kind = {kind: [one for one in found if one.kind == kind] for kind in ("same", "changed", "new", "gone")}
    for one in by_kind["changed"]:
        for line in one.diff():
            click.secho(line, fg=_COLOURS.get(line[:1]), bold=line.startswith(("+++", "---")))
        click.echo()
    for kind, verb in (("new", "wrote"), ("gone", "removed")):
        for template in sorted({one.template for one in by_kind[kind]}):
            number = sum(one.template == template for one in by_kind[kind])
            what = f"{verb} {number}" if updated else f"{number} {kind}"
            click.secho(f"{template}: {what} golden renderings", fg="yellow")
    said = ", ".join(f"{len(ones)} {'the same' if kind == 'same' else kind}" for kind, ones in by_kind.items() if ones)
    differs = any(by_kind[kind] for kind in ("changed", "new", "gone"))
    click.secho(f"{said or 'no template is used'}{'; accepted' if updated and differs else ''}", bold=True)
    if differs and not updated:
        click.echo("As you mean it? `syndicator templates test --update` accepts it.")
