"""Being told of news instead of looking for it: a small HTTP server beside the daemon's ticks (WebSub, webhooks).

It is imported only where ``[push]`` is configured. Nothing that comes in is believed: it is a hint that a source has
news, and the source is read (X13). It must not plan or send anything itself.
"""

from syndicator.push.server import PushServer

__all__ = ["PushServer"]
