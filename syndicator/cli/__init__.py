"""The command line: commands, tables, JSON, exit codes. Thin: every command calls the services and prints.

Exit codes: 0 fine · 1 something needs a person · 2 usage or configuration · 3 database.
``--help`` imports nothing but click: the commands' modules are loaded when they are called.
"""

import sys
from importlib import import_module

import click

from syndicator import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Watch the whole job run on the sandbox; needs no credentials."),
    "init": ("setup", "Write config/syndicator.toml and templates/ to start from."),
    "check": ("setup", "Show everything wrong with configuration and templates at once."),
    "sources": ("sources", "Show how the sources are; try, read or pause one."),
    "articles": ("reading", "Show what a source yields; touches no state."),
    "preview": ("previewing", "Show an article's posts exactly as they would be sent."),
    "templates": ("templates", "List the templates; test them against their golden renderings."),
    "simulate": ("simulate", "Show what would have been posted, from stored articles."),
    "post": ("posting", "Post one article now, or at a time."),
    "once": ("working", "Poll, plan, deliver and reconcile until nothing is due."),
    "run": ("working", "Run as a daemon."),
    "log": ("logbook", "List the post log."),
    "show": ("logbook", "Show one post with its attempts and look-ups."),
    "explain": ("explaining", "Tell the whole story of one article: what became of it, and why."),
    "approve": ("approving", "Let held posts go."),
    "drop": ("editing", "Decide that posts will not be sent."),
    "retry": ("editing", "Queue rejected posts again, or bring waiting ones forward."),
    "settle": ("editing", "Say what became of a doubtful or handed-over post."),
    "pause": ("editing", "Stop sending on a channel; its posts stay queued."),
    "halt": ("editing", "Stop all sending at once, everywhere."),
    "resume": ("editing", "Let a paused channel send again; without a channel end a halt."),
    "backup": ("backup", "Write the post log into one file, while it is in use."),
    "restore": ("backup", "Put a backup in the place of the post log."),
    "sandbox": ("demo", "Play the platforms on a local port."),
}


class Lazy(click.Group):
    """A group that knows its commands by name and imports each when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the commands in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module and give the command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"syndicator.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for a misspelt one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "-c",
    "--config",
    "config",
    envvar="SYNDICATOR_CONFIG",
    default="config/syndicator.toml",
    show_default=True,
    metavar="FILE",
    help="Configuration file.",
)
@click.option("-v", "--verbose", count=True, help="More on stderr: -v progress, -vv details.")
@click.option("--log-json", is_flag=True, help="Write logs as one JSON object a line.")
@click.version_option(__version__, "-V", "--version", prog_name="syndicator")
@click.pass_context
def cli(ctx: click.Context, config: str, verbose: int, *, log_json: bool) -> None:
    """A newsroom's articles onto its social channels: never twice, never lost.

    Start with `syndicator demo`, then `syndicator init`.
    """
    from syndicator.cli.app import App

    ctx.obj = App(config=config, verbose=verbose, log_json=log_json)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    from syndicator.errors import SyndicatorError

    try:
        cli.main(args=args, prog_name="syndicator", standalone_mode=True)
    except SyndicatorError as error:
        click.echo(f"syndicator: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
