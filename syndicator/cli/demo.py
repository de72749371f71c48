"""``demo`` and ``sandbox``: the whole job on this machine, and the server that plays the platforms."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.sandbox import Sandbox
    from syndicator.service.work import WorkReport

PORT = 8765
KEPT = Path("demo-state")
SOON = 30.0
"""Seconds within which the demo waits for something that is not due yet."""


@click.command()
@click.option("--articles", "count", default=6, show_default=True, type=click.IntRange(1, 16), help="How many to post.")
@click.option("--keep", is_flag=True, help=f"Keep the state in ./{KEPT} and the timelines open until Ctrl-C.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes any.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
@pass_app
def demo(app: App, ctx: click.Context, count: int, port: int, *, keep: bool, wants_json: bool) -> None:
    """Watch the whole job: a newsroom's feed, three platforms played on this machine, and the post log.

    Real articles go through the real templates, SDKs and post log over HTTP; nothing leaves this machine and no
    credentials are needed. The job runs twice, to show that the second time nothing is posted.
    """
    import logging

    app.set_up_logs(logging.ERROR)
    with _folder(keep=keep) as folder, _sandbox(port, folder / "sandbox.json", articles=count) as sandbox:
        config = _configuration(folder, sandbox.url)
        first = _job(config, backfill=count)
        second = _job(config, backfill=count)
        rows = _log(config)
        if wants_json:
            output.as_json(
                {
                    "timelines": sandbox.url + "/",
                    "first": _counts(first),
                    "second": _counts(second),
                    "posts": [shapes.post(row.post, row.url) for row in rows],
                }
            )
        else:
            _show(first, second, rows, url=sandbox.url + "/", folder=folder, keep=keep)
        if keep:
            _wait(wants_json=wants_json)
    if first.needs_a_person or any(str(row.post.state) != "published" for row in rows):
        ctx.exit(1)


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    if keep:
        KEPT.mkdir(exist_ok=True)
        yield KEPT.resolve()
        return
    path = Path(tempfile.mkdtemp(prefix="syndicator-demo-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _sandbox(port: int, state_file: Path, *, articles: int) -> Iterator["Sandbox"]:
    from syndicator.sandbox import Sandbox

    try:
        made = Sandbox(port=port, state_file=state_file, articles=articles)
    except OSError as error:
        if state_file.exists():
            hint = "the kept articles name it; stop what uses it, or remove the folder"
            raise click.ClickException(f"port {port} cannot be used: {error.strerror} ({hint})") from error
        # The usual port is taken: any other will do for a demonstration.
        made = Sandbox(port=0, state_file=state_file, articles=articles)
    with made as sandbox:
        yield sandbox


def _configuration(folder: Path, url: str) -> Path:
    from syndicator import shipped

    path = folder / "demo.toml"
    path.write_text(shipped.config("demo.toml").read_text(encoding="utf-8").replace("{sandbox}", url), encoding="utf-8")
    return path


def _job(config: Path, *, backfill: int) -> "WorkReport":
    """Run the main job as ``once`` does, waiting a little for what is due soon."""
    from syndicator.cli.working import progress
    from syndicator.service.work import work

    demo_app = App(config=str(config))
    with demo_app.parts(create=True) as parts, progress() as tell:
        report = work(parts, backfill=backfill, tell=tell)
        deadline = time.monotonic() + SOON
        while report.next_due_at is not None and time.monotonic() < deadline:
            time.sleep(0.2)
            more = work(parts, tell=tell)
            moved = {post.id: post for post in (*report.posts, *more.posts)}
            report = _joined(report, more, tuple(moved.values()))
        return report


def _joined(report: "WorkReport", more: "WorkReport", posts: tuple[Any, ...]) -> "WorkReport":
    from dataclasses import replace

    return replace(report, posts=posts, left=more.left, paused=more.paused, next_due_at=more.next_due_at)


def _log(config: Path) -> list[Any]:
    from syndicator.store import views

    with App(config=str(config)).parts() as parts, parts.store.read() as conn:
        return list(views.log(conn))


def _counts(report: "WorkReport") -> dict[str, Any]:
    return {
        "sources": report.polled.polled,
        "articles": report.planned.articles,
        "posts_planned": report.planned.posts,
        "posts_sent": sum(post.remote_id is not None for post in report.posts),
    }


def _show(first: "WorkReport", second: "WorkReport", rows: list[Any], *, url: str, folder: Path, keep: bool) -> None:
    cells = [
        (row.title, row.post.platform, str(row.post.state), row.post.remote_url or row.post.reason)
        for row in sorted(rows, key=lambda row: (row.title, row.post.platform))
    ]
    output.table(("article", "platform", "state", "url at the sandbox's platform"), cells, grouped=True)
    one, two = _counts(first), _counts(second)
    before = "" if one["posts_sent"] else " Everything was posted by an earlier run."
    click.echo(
        f"First run:  {one['sources']} feeds read, {one['articles']} articles, {one['posts_sent']} posts sent.{before}"
    )
    nothing = "nothing to do, nothing was posted twice" if not two["posts_sent"] else f"{two['posts_sent']} posts sent"
    click.echo(f"Second run on the same post log: {nothing}.")
    if keep:
        click.secho(f"\nThe timelines: {url}   (Ctrl-C ends; the state stays in {folder})", bold=True)
    else:
        click.echo(f"\nThe timelines were at {url}. To look at them: syndicator demo --keep")
        click.echo("Next: syndicator init, then put your feed and credentials into config/syndicator.toml")


def _wait(*, wants_json: bool) -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("", err=wants_json)


@click.command()
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes any.")
@click.option(
    "--state", "state_file", type=click.Path(dir_okay=False, path_type=Path), help="Keep the state in a file."
)
def sandbox(port: int, state_file: Path | None) -> None:
    """Play X, Facebook, YouTube and a small newsroom on a local port, until Ctrl-C.

    Point a channel's api_base at it (see config/demo.toml); its page shows the three timelines.
    """
    from syndicator import sandbox as server

    def ready(opened: "Sandbox") -> None:
        url = opened.url
        click.echo(f"timelines  {url}/\nfeed       {url}/news/feed/\nX          {url}/x\nGraph      {url}/graph")
        click.echo(f"YouTube    {url}/youtube-api\ntoken      {url}/google/token\ncontrol    {url}/control")

    try:
        server.serve(port=port, state_file=state_file, ready=ready)
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error.strerror} (hint: --port 0)") from error
