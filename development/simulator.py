"""The simulator as a child process."""

from collections.abc import Callable
import os
from pathlib import Path
import sys

from yarl import URL

from .ports import LOOPBACK
from .server_process import Server, ServerProcess

# A Python program that imports aiohttp and listens.
START_LIMIT = 30.0


def simulator_process(
    checkout: Path, port: int, log_file: Path, on_line: Callable[[str], None]
) -> ServerProcess:
    """Return the simulator of a checkout, not started yet. Its agents live.

    `on_line` gets each line of its output; `log_file` is where the caller keeps those.
    """
    return ServerProcess(
        Server(
            name="The simulator",
            command=(sys.executable, "-m", "simulator", "--host", LOOPBACK, "--port", str(port)),
            directory=checkout,
            environment=os.environ,
            url=URL.build(scheme="http", host=LOOPBACK, port=port),
            health="control/extensions",
            log_file=log_file,
        ),
        on_line,
    )
