"""A simulator and a Home Assistant that shows it, from the first start to Ctrl-C."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
import signal

from aiohttp import ClientSession
from yarl import URL

from .account import DOMAIN, simulator_account
from .api import ApiError, HomeAssistantApi
from .config_flow import add_config_entry, config_entries
from .configuration import Configuration, has_config_entry, prepare
from .errors import DevelopmentError
from .home_assistant import START_LIMIT, HomeAssistantProcess
from .log import ProblemFilter
from .onboarding import Owner, sign_in
from .options import Options
from .ports import SIMULATOR_PORT, ensure_free
from .server_process import ServerProcess
from .simulator import START_LIMIT as SIMULATOR_START_LIMIT, simulator_process
from .state import load_state, save_state
from .terminal import say

CHECKOUT = Path(__file__).parents[1]

_OWNER = Owner(
    name="Developer",
    username="developer",
    password="developer",  # noqa: S106 - of a Home Assistant that only this machine reaches
)


async def develop(options: Options) -> int:
    """Run until a signal asks to end; return the exit code, which is 0 then.

    It is 1 after something went wrong, which has been said by then.
    """
    _end_on_signals()
    problems: list[str] = []
    try:
        try:
            await _run(options)
        except* DevelopmentError as group:
            problems = [str(error) for error in _leaves(group)]
    except asyncio.CancelledError:
        say("Ended.")
        return 0
    for problem in problems:
        say(problem)
    return 1


def choose_simulator_port(wanted: int | None, remembered: int | None, *, in_use: bool) -> int:
    """Return the port for the simulator: the one wanted, else the remembered one, else 8480.

    An account that is `in_use` goes on asking the simulator where it was when it was added.
    Raises DevelopmentError if that is not where the simulator is wanted now.
    """
    if wanted is None:
        return SIMULATOR_PORT if remembered is None else remembered
    if in_use and remembered not in {None, wanted}:
        msg = (
            f"The account in this folder asks the simulator on port {remembered}, not {wanted}. "
            "Leave --simulator-port out, take another folder with --config-dir, or remove this one."
        )
        raise DevelopmentError(msg)
    return wanted


def _end_on_signals() -> None:
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    ending = False

    def end() -> None:
        nonlocal ending
        # Only once: a second cancellation would leave behind what the first one is ending.
        if main is not None and not ending:
            ending = True
            say("Ending Home Assistant and the simulator ...")
            main.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)


def _leaves(group: BaseExceptionGroup[DevelopmentError]) -> Iterator[DevelopmentError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def _run(options: Options) -> None:
    simulator_port = _take_ports(options)
    prepare(
        Configuration(
            folder=options.folder,
            port=options.port,
            integration=CHECKOUT / "custom_components" / DOMAIN,
            blueprints=CHECKOUT / "blueprints/automation" / DOMAIN,
            bypass_login=options.bypass_login,
        )
    )
    home_assistant = HomeAssistantProcess(options.folder, options.port, on_line=ProblemFilter(say))
    simulator_log = options.folder / "simulator.log"
    with _lines_to(simulator_log) as on_line:
        simulator = simulator_process(CHECKOUT, simulator_port, simulator_log, on_line)
        async with (
            ClientSession(home_assistant.server.url) as session,
            simulator,
            home_assistant,
            asyncio.TaskGroup() as watchers,
        ):
            watchers.create_task(simulator.watch())
            watchers.create_task(home_assistant.watch())
            try:
                await _bring_up(options, session, simulator, home_assistant)
            except ApiError:
                # Where Home Assistant has ended, that is what to say: its watcher gets time to.
                await asyncio.sleep(1)
                raise


def _take_ports(options: Options) -> int:
    """Make sure that both ports can be had; return the simulator's."""
    in_use = has_config_entry(options.folder)
    simulator_port = choose_simulator_port(
        options.simulator_port, load_state(options.folder).simulator_port, in_use=in_use
    )
    ensure_free(options.port, user="Home Assistant", remedy="--port chooses another one.")
    ensure_free(
        simulator_port,
        user="the simulator",
        remedy="The account in this folder asks there: --config-dir chooses another folder."
        if in_use
        else "--simulator-port chooses another one.",
    )
    return simulator_port


@contextmanager
def _lines_to(path: Path) -> Iterator[Callable[[str], None]]:
    with path.open("w") as file:

        def on_line(line: str) -> None:
            file.write(f"{line}\n")
            file.flush()

        yield on_line


async def _bring_up(
    options: Options,
    session: ClientSession,
    simulator: ServerProcess,
    home_assistant: HomeAssistantProcess,
) -> None:
    begin = asyncio.get_running_loop().time()
    say(
        "Home Assistant is starting. The first time takes half a minute, later ones ten seconds ..."
    )
    await simulator.wait_until_reachable(session, SIMULATOR_START_LIMIT)
    await home_assistant.wait_until_reachable(session, START_LIMIT)
    state = load_state(options.folder)
    tokens = await sign_in(session, _OWNER, state.refresh_token)
    save_state(options.folder, replace(state, refresh_token=tokens.refresh))
    api = HomeAssistantApi(session, tokens.access)
    await api.wait_until_running(START_LIMIT)
    if not options.empty:
        try:
            await _ensure_account(api, simulator.server.url, options.folder)
        except DevelopmentError as error:
            say(f"The account was not added: {error}")
    seconds = asyncio.get_running_loop().time() - begin
    say(_introduction(options, home_assistant, simulator, seconds))


async def _ensure_account(api: HomeAssistantApi, simulator: URL, folder: Path) -> None:
    """Add the simulator's account, unless there is an account; say so if it does not work."""
    entries = await config_entries(api, DOMAIN)
    if not entries:
        save_state(folder, replace(load_state(folder), simulator_port=simulator.port))
        entries = [await add_config_entry(api, DOMAIN, simulator_account(simulator))]
        say(f"Added {entries[0]['title']} through its config flow.")
    for entry in entries:
        if entry["state"] != "loaded":
            say(f"{entry['title']} is not loaded but in state {entry['state']}: {entry['reason']}")


def _introduction(
    options: Options,
    home_assistant: HomeAssistantProcess,
    simulator: ServerProcess,
    seconds: float,
) -> str:
    login = f"user name {_OWNER.username}, password {_OWNER.password}"
    if options.bypass_login:
        login += "; the browser on this machine needs neither"
    control = simulator.server.url / "control/extensions"
    return f"""
Ready after {seconds:.0f} s.

Home Assistant   {home_assistant.server.url}
                 {login}
The team         {home_assistant.server.url / "belfabriek-team"}
The integration  {home_assistant.server.url / "config/integrations/integration" / DOMAIN}
Its log          {home_assistant.server.log_file}
The simulator    {control}
                 puts Reception on a call, and lets its agent go on living after that:
                 curl -X PUT -d '{{"available": true, "call_state": "called"}}' {control}/01001
                 curl -X PUT -d '{{"live": true}}' {control}/01001

Warnings and errors of Home Assistant show up below. Ctrl-C ends everything.
"""
