from pathlib import Path

from aiohttp import ClientSession

from development.develop import CHECKOUT
from development.simulator import START_LIMIT, simulator_process


async def test_the_simulator_of_the_checkout_runs_and_lives(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    lines: list[str] = []
    log_file = tmp_path / "simulator.log"

    async with (
        ClientSession() as session,
        simulator_process(CHECKOUT, unused_tcp_port, log_file, lines.append) as running,
    ):
        await running.wait_until_reachable(session, START_LIMIT)
        async with session.get(running.server.url / "control/extensions") as response:
            extensions = await response.json()

    assert [extension["live"] for extension in extensions] == [True] * 5
    assert any(str(unused_tcp_port) in line for line in lines)
