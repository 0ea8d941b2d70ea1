"""No credentials are shown or logged, however the server quotes them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
import json
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Account, Method, Simulator

from .conftest import Poll, SetUp
from .flows import (
    Flow,
    account_input,
    change_input,
    open_account,
    open_extensions,
    open_reauth,
    open_reconfigure,
    the_entry,
)
from .helpers import UNMISTAKABLE as ACCOUNT
from .strangers import struct

WRONG = Account(
    pin="3395017284", account_id="qjx-wvzkyq", supervisor_id="5520914638", manager_id="8846021395"
)
ENDPOINT = "31687402915"
SECRETS = {*asdict(ACCOUNT).values(), *asdict(WRONG).values()}
QUOTED = "Account 0057193846, 7081920443/9062835177 of kvq-zzyxwj "


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Return a simulator whose account has unique IDs."""
    async with Simulator(account=ACCOUNT) as running:
        for extension in running.extensions.values():
            extension.endpoint = ENDPOINT
        yield running


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return the log of every logger at the debug level."""
    caplog.set_level(logging.DEBUG)
    return caplog


def assert_nothing_secret(*texts: object) -> None:
    """Check texts, or objects that can be converted to text."""
    for text in texts:
        found = [secret for secret in SECRETS if secret in str(text)]
        assert not found, text


def assert_nothing_secret_logged(log: pytest.LogCaptureFixture) -> None:
    """Check every record, including its exception."""
    formatter = logging.Formatter("%(name)s %(message)s")
    records = [*log.get_records("setup"), *log.get_records("call")]
    assert records
    assert_nothing_secret(*map(formatter.format, records))


def failures_of(entry: MockConfigEntry) -> list[object]:
    """Return every failure of the last poll."""
    coordinator = entry.runtime_data
    if not coordinator.last_update_success:
        error = coordinator.last_exception
        return [error, getattr(error, "translation_placeholders", None)]
    failures = [each.failure or each.call_state_failure for each in coordinator.data.values()]
    return [each for each in failures if each]


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return every repair issue."""
    return list(ir.async_get(hass).issues.values())


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("extension_id", ["01001", None])
async def test_no_secret_leaks_if_the_server_quotes_the_request(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    log: pytest.LogCaptureFixture,
    extension_id: str | None,
    method: Method,
) -> None:
    await simulator.inject("fault_quoting", extension_id=extension_id, method=method)
    for _ in range(3):
        await poll()
    failures = failures_of(loaded)
    assert "***" in str(failures)
    assert_nothing_secret(*failures, *map(repr, failures), *issues(hass))
    assert_nothing_secret_logged(log)


async def test_no_secret_leaks_if_the_server_quotes_other_credentials(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    log: pytest.LogCaptureFixture,
) -> None:
    await simulator.inject("fault_struct", extension_id="01001", text=QUOTED)
    for _ in range(3):
        await poll()
    assert_nothing_secret(*issues(hass), *failures_of(loaded))
    assert_nothing_secret_logged(log)


@pytest.mark.parametrize("before", ["", "x" * 242])
async def test_no_secret_leaks_by_an_unknown_call_state(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    log: pytest.LogCaptureFixture,
    before: str,
) -> None:
    simulator.extension("01001").call_state = before + QUOTED
    await poll()
    assert len(issues(hass)) == 1
    assert_nothing_secret(*issues(hass), hass.states.async_all())
    assert_nothing_secret_logged(log)
    # A long text is cut: no part of a secret is left either.
    assert ACCOUNT.pin[:5] not in f"{issues(hass)} {log.text}"


async def test_no_secret_leaks_by_an_unknown_availability(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    log: pytest.LogCaptureFixture,
) -> None:
    await simulator.inject("body", method=Method.AGENT_AVAIL, body=answer(available=QUOTED))
    await poll()
    assert len(issues(hass)) == 1
    assert_nothing_secret(*issues(hass), hass.states.async_all())
    assert_nothing_secret_logged(log)


def answer(**members: str) -> bytes:
    """Return an answer of the first call."""
    return struct(**members).encode()


@pytest.mark.parametrize(
    "body",
    [
        f"<html>{QUOTED}</html>",
        f"<methodResponse>&account_{ACCOUNT.pin};</methodResponse>",
        f"<account_{ACCOUNT.pin}/>",
        f"<methodResponse><params><param><pin_{ACCOUNT.pin}/></param></params></methodResponse>",
        struct(available="1", **{f"pin_{ACCOUNT.pin}": "1"}),
        struct(**{f"pin_{ACCOUNT.pin}": "1"}),
        f"{QUOTED}<",
        f'<?xml version="1.0" encoding="{ACCOUNT.pin}"?><a>',
    ],
)
async def test_no_secret_leaks_by_an_unusable_answer(
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    log: pytest.LogCaptureFixture,
    body: str,
) -> None:
    await simulator.inject("body", extension_id="01001", body=body.encode())
    await poll()
    await simulator.inject("body", body=body.encode())
    await poll()
    coordinator = loaded.runtime_data
    assert_nothing_secret(*failures_of(loaded), coordinator.last_exception)
    assert_nothing_secret_logged(log)


async def test_no_secret_leaks_by_rejected_credentials(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    log: pytest.LogCaptureFixture,
) -> None:
    simulator.account = WRONG
    for _ in range(2):
        freezer.tick(300)
        await poll()
    assert hass.config_entries.flow.async_progress()
    coordinator = loaded.runtime_data
    assert_nothing_secret(coordinator.last_exception, repr(coordinator.last_exception))
    assert_nothing_secret_logged(log)


def shown(flow: Flow) -> list[object]:
    """Return everything that a flow shows, except the user's own input."""
    result: Mapping[str, Any] = flow.result
    return [result.get(key) for key in ("errors", "description_placeholders", "title", "reason")]


def typed(account: Account) -> dict[str, str]:
    """Return the form input of an account."""
    return {"account_pin": account.pin} | {
        key: value for key, value in asdict(account).items() if key != "pin"
    }


@pytest.mark.parametrize("kind", ["fault_quoting", "status_500_html", None])
async def test_no_secret_leaks_by_errors_of_the_flows(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    simulator: Simulator,
    log: pytest.LogCaptureFixture,
    kind: str | None,
) -> None:
    account = WRONG if kind is None else ACCOUNT
    flow = await open_account(hass)
    if kind is not None:
        await simulator.inject(kind)
    await flow.submit(account_input(simulator.url, **typed(account)))
    assert flow.errors
    assert_nothing_secret(*shown(flow))
    assert_nothing_secret_logged(log)


async def test_no_secret_leaks_by_changing_an_account(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    log: pytest.LogCaptureFixture,
) -> None:
    for right, wrong, open_form in (
        (WRONG, ACCOUNT, open_reauth),
        (ACCOUNT, WRONG, open_reconfigure),
    ):
        simulator.account = right
        flow = await open_form(hass, loaded)
        assert wrong.pin not in str(flow.suggested)
        for account in (wrong, right):
            assert not flow.aborted
            await flow.submit(change_input(simulator.url, **typed(account)))
            assert_nothing_secret(*shown(flow))
        assert flow.aborted
        await hass.async_block_till_done()
    assert_nothing_secret_logged(log)


async def test_no_secret_leaks_by_a_new_extension(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    log: pytest.LogCaptureFixture,
) -> None:
    flow = await open_extensions(hass, loaded)
    await flow.submit({"extensions": "09999 Another"})
    assert flow.errors
    assert_nothing_secret(*shown(flow))
    simulator.add_extension("09999", "Another")
    assert (await flow.submit({"extensions": "09999 Another"})).created
    await hass.async_block_till_done()
    assert_nothing_secret_logged(log)


async def test_no_secret_is_in_the_title_of_a_new_account(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    simulator: Simulator,
    log: pytest.LogCaptureFixture,
) -> None:
    flow = await open_account(hass)
    await flow.submit(account_input(simulator.url, **typed(ACCOUNT)))
    assert flow.created
    await hass.async_block_till_done()
    assert_nothing_secret(*shown(flow), the_entry(hass).title)
    assert_nothing_secret_logged(log)


async def test_no_secret_is_in_registries_and_titles(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    loaded: MockConfigEntry,
) -> None:
    assert_nothing_secret(
        loaded.title,
        *dr.async_entries_for_config_entry(device_registry, loaded.entry_id),
        *entity_registry.entities.values(),
        *hass.states.async_all(),
    )


async def test_no_secret_leaks_by_setup_and_removal(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    log: pytest.LogCaptureFixture,
) -> None:
    await simulator.inject("fault_quoting", method=Method.AGENT_AVAIL)
    await set_up(entry)
    await hass.config_entries.async_remove(entry.entry_id)
    await simulator.clear_faults()
    assert_nothing_secret(entry.reason)
    assert_nothing_secret_logged(log)


@pytest.mark.parametrize("text", [QUOTED, f"transferred to {ENDPOINT}"])
async def test_no_secret_is_in_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    text: str,
) -> None:
    await async_setup_component(hass, "diagnostics", {})
    simulator.extension("01001").call_state = text
    simulator.extension("01002").set(available=False, reason=text)
    await simulator.inject("fault_struct", extension_id="01003", text=f"{text} {ENDPOINT}")
    await simulator.inject("fault_quoting", extension_id="01004")
    for _ in range(3):
        await poll()
    client = await hass_client()
    response = await client.get(f"/api/diagnostics/config_entry/{loaded.entry_id}")
    download = await response.json()
    assert len(download["issues"]) == 3
    text = json.dumps(download).replace(loaded.entry_id, "")
    assert_nothing_secret(text)
    for name in ("Reception", "Sales", "Support", "Workshop", "Night desk"):
        assert name not in text
