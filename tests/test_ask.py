"""The report of `scripts/ask` is right and has no secrets, whatever the server sends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
import os
from pathlib import Path
import socket
import sys

from aiohttp import web
import pytest

from custom_components.belfabriek.api import Credentials
from simulator import FAULTS, Account, Dialect, Simulator
from tools.ask import Report, ask

from .api.test_answers import FILES, answering, expected_of, response_of
from .certificates import Certificate
from .helpers import UNMISTAKABLE as ACCOUNT
from .strangers import serving, serving_untrusted, web_page

REPOSITORY = Path(__file__).parents[1]
EXTENSION_ID = "0140917"
ENDPOINT = "31687402915"
TYPED = "lunch with Jo"
SECRETS = {*asdict(ACCOUNT).values(), EXTENSION_ID, EXTENSION_ID.lstrip("0"), ENDPOINT}
CREDENTIALS = Credentials(
    account_pin=ACCOUNT.pin,
    account_id=ACCOUNT.account_id,
    supervisor_id=ACCOUNT.supervisor_id,
    manager_id=ACCOUNT.manager_id,
)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Return a simulator whose account has unique IDs."""
    async with Simulator(account=ACCOUNT, extensions={EXTENSION_ID: "Reception"}) as running:
        running.extension(EXTENSION_ID).set(reason=TYPED, endpoint=ENDPOINT)
        yield running


async def text_of(url: str, *, complete: bool = False) -> str:
    """Return the report on a server, and check that it has no secrets."""
    report = await ask(CREDENTIALS, EXTENSION_ID, url)
    assert report.complete is complete
    return checked(report)


def checked(report: Report) -> str:
    text = "\n".join(report.lines)
    for secret in SECRETS:
        assert secret not in text
        assert secret not in str(report.words)
    assert TYPED not in text
    return text


async def test_both_calls_are_reported(simulator: Simulator) -> None:
    simulator.extension(EXTENSION_ID).set(call_state="called")
    report = await ask(CREDENTIALS, EXTENSION_ID, simulator.url)
    text = checked(report)
    assert "parameters supId, manId, accountCode, extensionId" in text
    assert "Content-Type: text/html" in text
    assert "<name>available</name><value><i4>1</i4>" in text
    assert "<name>endpoint</name><value><string>[11 digits]<" in text
    assert text.endswith("Status: on_call")
    assert report.words == [f"availReason: {TYPED}"]
    assert report.complete


async def test_other_parameter_names_are_tried(simulator: Simulator) -> None:
    simulator.dialect = Dialect(
        parameters="table", endpoint="extension", status="status", available_type="boolean"
    )
    text = await text_of(simulator.url, complete=True)
    assert text.count("a fault") == 2
    assert text.endswith("Status: ready")


async def test_wrong_pin_is_tried_once_for_each_set_of_names(simulator: Simulator) -> None:
    simulator.account = Account(pin="1")
    text = await text_of(simulator.url)
    assert "a fault" in text
    assert "general.getExtensionStatus: not called, it would fail as well" in text
    assert len(simulator.requests) == 2


async def test_second_call_needs_its_ids(simulator: Simulator) -> None:
    report = await ask(Credentials(account_pin=ACCOUNT.pin), EXTENSION_ID, simulator.url)
    assert "getExtensionStatus: not called without IDs for it" in checked(report)
    assert report.complete


async def test_unknown_call_state_is_not_complete(simulator: Simulator) -> None:
    simulator.extension(EXTENSION_ID).set(call_state="ringing")
    report = await ask(CREDENTIALS, EXTENSION_ID, simulator.url)
    assert "ringing" not in checked(report)
    assert "call state: ringing" in report.words
    assert not report.complete


async def test_status_of_an_agent_who_is_away_needs_no_second_call(
    simulator: Simulator,
) -> None:
    simulator.extension(EXTENSION_ID).set(available=False, reason="handling")
    simulator.account = replace(ACCOUNT, manager_id="5")
    text = await text_of(simulator.url)
    assert "a fault" in text
    assert text.endswith("Status: handling")


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if not fault.slow])
async def test_no_fault_brings_a_secret_into_the_report(simulator: Simulator, name: str) -> None:
    await simulator.inject(name)
    report = await ask(CREDENTIALS, EXTENSION_ID, simulator.url)
    assert "read as" in checked(report)


async def test_headers_are_shown_without_credentials() -> None:
    async def quoting(request: web.Request) -> web.Response:
        quoted = f"{ACCOUNT.pin} {ACCOUNT.supervisor_id} {EXTENSION_ID}"
        response = web.Response(
            status=302,
            text=f"<{ACCOUNT.pin}><html {quoted}>{quoted}</html>",
            headers={
                "Server": f"IIS for {quoted}",
                "Location": f"http://{ACCOUNT.pin}@login.example/{quoted}",
                f"X-{ACCOUNT.account_id}": "x",
                "WWW-Authenticate": TYPED,
            },
        )
        response.set_cookie(f"A{ACCOUNT.pin}", ACCOUNT.account_id)
        return response

    async with serving(quoting) as url:
        text = await text_of(f"{url}/{ACCOUNT.pin}?pin={ACCOUNT.pin}")
    for shown in (
        "Server: IIS for *** *** ***",
        "Location: http://login.example, the rest is left out",
        "Set-Cookie: A***=...",
        "X-***, WWW-Authenticate",
    ):
        assert shown in text


async def test_recorded_answers_are_read_without_their_texts() -> None:
    for path in FILES:
        expected = expected_of(path)
        async with answering(response_of(path)) as url:
            text = checked(await ask(CREDENTIALS, EXTENSION_ID, url))
        if "available" in expected:
            assert f"available: {'yes' if expected['available'] else 'no'}" in text, path
        for key in ("endpoint", "fault"):
            if value := expected.get(key):
                assert value not in text, path


async def test_web_page_is_named() -> None:
    async with serving(web_page) as url:
        text = await text_of(url)
    assert "HTTP 200 <html><body>[7 characters]</body></html>" in text
    assert "the answer is a web page" in text


async def test_closed_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = await text_of(f"http://127.0.0.1:{port}/")
    assert "failed      ClientConnectorError: Connect call failed" in text
    assert "not called, it would fail as well" in text


async def test_untrusted_certificate_is_named() -> None:
    with serving_untrusted() as (url, received):
        text = await text_of(url)
    assert "failed      ClientConnectorCertificateError: self-signed certificate" in text
    assert received == []


async def run(url: str, *typed: str, **environment: str) -> tuple[int | None, str, str]:
    """Run the command without Home Assistant; return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import runpy, sys; sys.modules['homeassistant'] = None; sys.argv[0] = 'ask'\n"
        "runpy.run_module('tools.ask', run_name='__main__')",
        *("--url", url),
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate("".join(f"{each}\n" for each in typed).encode())
    return process.returncode, output.decode(), errors.decode()


IDS = (ACCOUNT.pin, EXTENSION_ID, ACCOUNT.supervisor_id, ACCOUNT.manager_id, ACCOUNT.account_id)


async def test_command_runs_without_home_assistant(tmp_path: Path) -> None:
    certificate = Certificate.make()
    async with Simulator(
        account=ACCOUNT,
        extensions={EXTENSION_ID: "Reception"},
        ssl_context=certificate.server_context(),
    ) as simulator:
        simulator.extension(EXTENSION_ID).set(available=False, reason=TYPED)
        authority = tmp_path / "authority.pem"
        authority.write_bytes(certificate.certificate)
        code, output, errors = await run(simulator.url, *IDS, SSL_CERT_FILE=str(authority))
    assert code == 0
    assert "TLSv1.3" in output
    assert "certificate for localhost" in output
    assert "Status: not_available" in output
    assert f"availReason: {TYPED}" in errors
    assert TYPED not in output
    assert not [each for each in IDS if each in output + errors]


async def test_exit_code_says_that_a_call_was_not_read(simulator: Simulator) -> None:
    code, output, _ = await run(simulator.url, "1", *IDS[1:])
    assert code == 1
    assert "a fault" in output


async def test_unencrypted_address_of_another_machine_is_refused() -> None:
    code, output, errors = await run("http://192.0.2.1/", *IDS)
    assert (code, output) == (1, "")
    assert "--allow-unencrypted" in errors
