"""The command line: `python -m simulator`."""

import argparse
import asyncio
from collections.abc import Sequence
import json
import signal
import sys
from typing import Final

from .dialect import AvailableType, Dialect, EndpointMember, ParameterNames, StatusMember, choices
from .faults import FAULTS
from .limits import LIMITS, describe, make_limit
from .live import Live
from .server import Simulator

_FAULTS: Final = "\n".join(
    f"  {name:25} {fault.effect:15} {fault.note}" for name, fault in FAULTS.items()
)

_LIMITS: Final = "\n".join(f"  {json.dumps(describe(limit()))}" for limit in LIMITS.values())

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

Limits of the server, with their parameters:
{_LIMITS}

Faults, with what a client may read from the answer:
{_FAULTS}
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
    text = "serve https, with a self-signed certificate"
    add("--tls", action="store_true", help=text)
    text = "wait before every answer (default: 0)"
    add("--delay", type=float, default=0.0, metavar="SECONDS", help=text)
    text = "what the server allows its clients, as JSON (default: everything)"
    add("--limit", default="null", metavar="JSON", help=text)
    text = "seconds that the server's clock is ahead (default: 0)"
    add("--clock-ahead", type=float, default=0.0, metavar="SECONDS", help=text)
    agents = result.add_argument_group("agents").add_argument
    text = "whether the agents take calls, pause and log out by themselves (default: live)"
    agents("--live", action=argparse.BooleanOptionalAction, default=True, help=text)
    text = "the same seed gives the same schedules (default: %(default)s)"
    agents("--seed", type=int, default=0, help=text)
    agents("--speed", type=float, default=1.0, help="2 is twice as fast (default: 1)")
    dialect = result.add_argument_group("dialect: names and types in the answers").add_argument
    for option, options, default, explanation in (
        ("--endpoint-member", EndpointMember, "endpoint", "first answer's phone number"),
        ("--status-member", StatusMember, "Available", "second answer's only member"),
        ("--parameter-names", ParameterNames, "sample", "as in the document's samples or tables"),
        ("--available-type", AvailableType, "i4", "type of the first answer's available"),
    ):
        text = f"{explanation} (default: {default})"
        dialect(option, choices=choices(options), default=default, help=text)
    text = "header of every answer (default: %(default)s)"
    dialect("--content-type", default="text/html", metavar="TYPE", help=text)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(run(_simulator(options)))
    except (OSError, TypeError, ValueError) as err:
        where = f"cannot listen on {options.host} port {options.port}: "
        sys.stderr.write(f"simulator: {where if isinstance(err, OSError) else ''}{err}\n")
        return 1
    return 0


def _simulator(options: argparse.Namespace) -> Simulator:
    return Simulator(
        dialect=Dialect(
            endpoint=options.endpoint_member,
            status=options.status_member,
            parameters=options.parameter_names,
            available_type=options.available_type,
            content_type=options.content_type,
        ),
        host=options.host,
        port=options.port,
        tls=options.tls,
        live=Live(seed=options.seed, speed=options.speed) if options.live else None,
        delay=options.delay,
        limit=None if (limit := json.loads(options.limit)) is None else make_limit(**limit),
        clock_ahead=options.clock_ahead,
    )


async def run(simulator: Simulator) -> None:
    """Serve until SIGINT or SIGTERM; print the address and the account first."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with simulator:
        account, live = simulator.account, simulator.live
        lines = [
            f"Listening on {simulator.url}",
            f"Control API on {simulator.base_url}/control/",
            f"Account PIN {account.pin}",
            f"Account ID {account.account_id}",
            f"Supervisor ID {account.supervisor_id}",
            f"Manager ID {account.manager_id}",
            *(f"Extension {one.extension_id} {one.name}" for one in simulator.extensions.values()),
            f"Agents change with seed {live.seed} at speed {live.speed:g}"
            if live
            else "Agents do not change",
            "Press Ctrl-C to stop",
        ]
        # Flush, because a parent process may wait for the first line.
        print(*lines, sep="\n", flush=True)  # noqa: T201 - a command
        await ended.wait()
