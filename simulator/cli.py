"""The command line: `python -m simulator`."""

import argparse
import asyncio
from collections.abc import Sequence
import signal
import sys
from typing import Final

from .control import Simulator
from .faults import FAULTS
from .limits import LIMITS
from .live import random_day

_EPILOG: Final = f"""\
Press Ctrl-C to stop it. The control API:
  curl http://127.0.0.1:8480/control/extensions
  curl -X PUT -d '{{"available": false, "reason": "pause"}}' http://127.0.0.1:8480/control/extensions/01001
  curl -X PUT -d '{{"live": true}}' http://127.0.0.1:8480/control/extensions/01001
  curl http://127.0.0.1:8480/control/requests
  curl -X PUT -d '{{"pin": "99999"}}' http://127.0.0.1:8480/control/account
  curl -X PUT -d '{{"name": "status_503", "extension_id": "01001"}}' http://127.0.0.1:8480/control/faults
  curl -X DELETE http://127.0.0.1:8480/control/faults
  curl -X PUT -d '{{"name": "at_once", "requests": 2}}' http://127.0.0.1:8480/control/limit

Limits of the server, and their parameters:
{"\n".join(f"  {name:12} {limit()}" for name, limit in LIMITS.items())}

Faults:
{"\n".join(f"  {name:25} {fault.note}" for name, fault in FAULTS.items())}
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; every option has a default."""
    result = argparse.ArgumentParser(
        prog="simulator",
        description="Simulates the vendor's server at /xml/agent/xml.asp.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = result.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8480, help="port, 0 for a free one (default: %(default)s)")
    text = "wait before every answer (default: 0)"
    add("--delay", type=float, default=0.0, metavar="SECONDS", help=text)
    text = "whether the agents take calls, pause and log out by themselves (default: live)"
    add("--live", action=argparse.BooleanOptionalAction, default=True, help=text)
    text = "the same seed gives the same days (default: %(default)s)"
    add("--seed", type=int, default=0, help=text)
    add("--speed", type=float, default=1.0, help="2 is twice as fast (default: 1)")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    options = parser().parse_args(arguments)
    simulator = Simulator(host=options.host, port=options.port, delay=options.delay)
    try:
        asyncio.run(run(simulator, options.seed if options.live else None, options.speed))
    except OSError as err:
        sys.stderr.write(f"simulator: cannot listen on {options.host} port {options.port}: {err}\n")
        return 1
    return 0


async def run(simulator: Simulator, seed: int | None = 0, speed: float = 1.0) -> None:
    """Serve until a signal, and print the address and the account first.

    With a seed, the agents follow random days.
    """
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with simulator:
        if seed is not None:
            for each in simulator.extensions:
                simulator.follow(each, random_day(seed, each), speed)
        account = simulator.account
        # Flush, because a parent process may wait for the first line.
        print(  # noqa: T201 - a command
            f"Listening on {simulator.url}",
            f"Control API on {simulator.base_url}/control/",
            f"Account PIN {account.pin}",
            f"Account ID {account.account_id}",
            f"Supervisor ID {account.supervisor_id}",
            f"Manager ID {account.manager_id}",
            *(f"Extension {one.extension_id} {one.name}" for one in simulator.extensions.values()),
            "Press Ctrl-C to stop",
            sep="\n",
            flush=True,
        )
        await ended.wait()
