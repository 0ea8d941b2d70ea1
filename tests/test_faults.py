"""Every fault of the simulator against a running account.

Nothing wrong is shown, the neighbours are unharmed, and it is over with the next good poll.
"""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.belfabriek.api import transport
from simulator import CATALOGUE, Effect, Simulator

from .conftest import Poll, SetUp
from .helpers import state_of

NARROW = sorted(kind for kind, entry in CATALOGUE.items() if entry.make is not None)
TRUTH: dict[str, Any] = {"available": False, "reason": "pause"}
SHOWN = {"sensor.reception_status": "paused", "binary_sensor.reception_accepting_calls": "off"}
NOTHING = {"unknown", "unavailable"}


@pytest.fixture(autouse=True)
def _short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait for a request that hangs."""
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.5)


def assert_true_or_nothing(hass: HomeAssistant, effect: Effect) -> None:
    """Check that the truth is shown, or nothing where the server did not say it."""
    for entity_id, truth in SHOWN.items():
        state = state_of(hass, entity_id)
        assert state == truth or (effect is not Effect.TRUE and state in NOTHING), entity_id
    assert state_of(hass, "binary_sensor.reception_on_call") in {"off", *NOTHING}


async def assert_healed(hass: HomeAssistant, simulator: Simulator, poll: Poll) -> None:
    await simulator.clear_faults()
    await poll()
    assert {entity_id: state_of(hass, entity_id) for entity_id in SHOWN} == SHOWN


# These answer with another status than the agent's, and that is shown.
OTHER_TEXT = {"missing_reason", "unknown_reason", "unknown_call_state"}


@pytest.mark.parametrize("kind", [kind for kind in NARROW if kind not in OTHER_TEXT])
async def test_one_extension(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    kind: str,
) -> None:
    simulator.extension("01001").set(**TRUTH)
    simulator.extension("01002").call_state = "called"
    await poll()
    effect = CATALOGUE[kind].effect  # type: ignore[index]
    await simulator.inject(kind, extension_id="01001")
    for _ in range(2):
        await poll()
        assert_true_or_nothing(hass, effect)
        # Who asks for fewer requests is left alone altogether.
        if "429" not in kind and "503" not in kind:
            assert state_of(hass, "sensor.sales_status") == "on_call"
            assert state_of(hass, "binary_sensor.support_accepting_calls") == "on"
    if "429" not in kind and "503" not in kind:
        await assert_healed(hass, simulator, poll)


@pytest.mark.parametrize("kind", NARROW)
async def test_an_accounts_very_first_answer(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    kind: str,
) -> None:
    simulator.extension("01001").set(**TRUTH)
    await simulator.inject(kind)
    await set_up(entry)
    if entry.state is ConfigEntryState.LOADED and kind not in OTHER_TEXT:
        assert_true_or_nothing(hass, CATALOGUE[kind].effect)  # type: ignore[index]
    elif kind not in OTHER_TEXT:
        assert CATALOGUE[kind].effect is not Effect.TRUE  # type: ignore[index]
        assert entry.state is ConfigEntryState.SETUP_RETRY


@pytest.mark.parametrize("kind", sorted(set(CATALOGUE) - {*NARROW, "untrusted_certificate"}))
async def test_the_whole_server(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    kind: str,
) -> None:
    simulator.extension("01001").set(**TRUTH)
    await poll()
    await simulator.inject(kind)
    await poll()
    for entity_id, truth in SHOWN.items():
        assert state_of(hass, entity_id) in {truth, *NOTHING}
    await assert_healed(hass, simulator, poll)
