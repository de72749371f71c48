"""``python -m syndicator.sandbox``: serve until the signal."""

import argparse
import sys

from syndicator.sandbox.server import Sandbox, serve


def main() -> int:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m syndicator.sandbox", description="Play the platforms, locally.")
    parser.add_argument("--port", type=int, default=8123, help="port on 127.0.0.1; 0 takes any free one")
    parser.add_argument("--state-file", help="JSON file that keeps the posts over restarts")
    arguments = parser.parse_args()
    serve(port=arguments.port, state_file=arguments.state_file, ready=_announce)
    return 0


def _announce(sandbox: Sandbox) -> None:
    sys.stdout.write(f"sandbox at {sandbox.url}/\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
