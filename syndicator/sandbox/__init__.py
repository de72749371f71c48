"""The sandbox: one local server that plays X, Facebook, YouTube and a newsroom, truthfully and offline.

It shares no code with the adapters; a test against an emulator that did would prove nothing. It binds to loopback only.

::

    with Sandbox() as sandbox:
        sandbox.urls.x                                  # base of the X API; .graph .youtube .token_uri .feed() .page
        sandbox.script("drop", platform="x", match={"role": "create"}, when="after")
        sandbox.state.posts("x")                        # what is live there
        sandbox.control.bodies()                        # complete bodies per logical send
"""

from syndicator.sandbox.remote import RemoteMedia, RemotePost
from syndicator.sandbox.server import Sandbox, serve

__all__ = ["RemoteMedia", "RemotePost", "Sandbox", "serve"]
