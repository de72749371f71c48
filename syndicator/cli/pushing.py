"""What ``check`` says of pushes: whether we listen, and how each subscription stands."""

from typing import Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App


def problems(app: App) -> list[Any]:
    """Give what is wrong with the webhooks' secrets."""
    from syndicator import wiring
    from syndicator.errors import ConfigError

    try:
        wiring.webhook_secrets(app.settings)
    except ConfigError as error:
        return list(error.problems)
    return []


def document(app: App) -> dict[str, Any] | None:
    """Shape it; None when nobody listens. Before there is a post log there are no subscriptions."""
    from syndicator.errors import StoreError
    from syndicator.store import subscriptions

    push = app.settings.push
    if push is None:
        return None
    try:
        with app.store() as store, store.read() as conn:
            known = subscriptions.everything(conn)
    except StoreError:
        known = []
    return {
        "listen": f"[{push.host}]:{push.port}" if ":" in push.host else f"{push.host}:{push.port}",
        "public_url": push.public_url,
        "webhooks": sorted(push.webhooks),
        "subscriptions": [
            {
                "source": one.source,
                "hub": one.hub,
                "topic": one.topic,
                "state": str(one.state),
                "lease_until": shapes.instant(one.lease_until),
                "last_push_at": shapes.instant(one.last_push_at),
                "last_error": one.last_error,
            }
            for one in known
        ],
    }


def show(push: dict[str, Any] | None) -> None:
    """Print it for reading."""
    if push is None:
        return
    where = f", hubs call {push['public_url']}" if push["public_url"] else ", no WebSub (no public_url)"
    click.echo(f"• push: `syndicator run` listens on {push['listen']}{where}")
    for name in push["webhooks"]:
        click.echo(f"  {name}: POST {push['public_url']}/hooks/{name}")
    for one in push["subscriptions"]:
        until = f" until {one['lease_until']}" if one["lease_until"] else ""
        why = f": {one['last_error']}" if one["last_error"] else ""
        click.echo(output.printable(f"  {one['source']}: {one['hub']} {one['state']}{until}{why}"))
