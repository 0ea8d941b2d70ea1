"""The command line of `scripts/develop`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .ports import HOME_ASSISTANT_PORT, SIMULATOR_PORT

_LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a command line asks for.

    A `simulator_port` of None is the one that the folder's account asks, else the default.
    `bypass_login` lets the browser on this machine in without a login.
    """

    folder: Path
    port: int
    simulator_port: int | None
    bypass_login: bool
    empty: bool


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Return what a command line (None: that of this process) asks for.

    Exits, after a message on standard error, if it makes no sense.
    """
    parser = argparse.ArgumentParser(
        prog="scripts/develop",
        description="Runs the simulator and a Home Assistant that shows it, until Ctrl-C.",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=HOME_ASSISTANT_PORT,
        help="port of Home Assistant (default: %(default)s)",
    )
    parser.add_argument(
        "--simulator-port",
        type=_port,
        metavar="PORT",
        help="port of the simulator (default: the one that the folder's account asks, else "
        f"{SIMULATOR_PORT})",
    )
    parser.add_argument(
        "--config-dir",
        type=Path,
        default=Path(".homeassistant"),
        metavar="DIR",
        help="folder of Home Assistant, as seen from this checkout (default: %(default)s)",
    )
    parser.add_argument(
        "--no-browser-login",
        action="store_true",
        help="ask the browser on this machine for user name and password, as any other",
    )
    parser.add_argument("--empty", action="store_true", help="do not add the simulator's account")
    options = parser.parse_args(arguments)
    return Options(
        folder=options.config_dir,
        port=options.port,
        simulator_port=options.simulator_port,
        bypass_login=not options.no_browser_login,
        empty=options.empty,
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port <= _LAST_PORT:
        msg = f"must be between 1 and {_LAST_PORT}"
        raise argparse.ArgumentTypeError(msg)
    return port
