"""Runs `scripts/develop`."""

import asyncio
import signal
import sys

from .options import parse


def main() -> int:
    """Return the exit code, once a signal or a problem has ended it all."""
    # While there is nothing to end yet, Ctrl-C ends this process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    options = parse()
    from .develop import develop  # noqa: PLC0415 - takes long enough to be interrupted

    return asyncio.run(develop(options))


if __name__ == "__main__":
    sys.exit(main())
