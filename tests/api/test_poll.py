import asyncio

import pytest

from custom_components.belfabriek.api import (
    Credentials,
    ExtensionState,
    FaultError,
    NotTriedError,
    Outcome,
    RejectedCredentialsError,
    Status,
    client as client_module,
    poll,
)
from simulator import Account, Method, Simulator
from simulator.faults import FaultKind, FaultRule

from .conftest import MakeClient, get_state

AVAILABILITY = Method("ivr.getAgentAvail")
STATUS = Method("general.getExtensionStatus")
ALL = ("01001", "01002", "01003", "01004", "01005")


class Taken:
    """What a poll gives, as it comes."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}

    def __call__(self, extension_id: str, outcome: Outcome) -> None:
        assert extension_id not in self.outcomes
        self.outcomes[extension_id] = outcome

    @property
    def statuses(self) -> dict[str, Status | None]:
        return {
            extension_id: outcome.status
            for extension_id, outcome in self.outcomes.items()
            if isinstance(outcome, ExtensionState)
        }


def methods_asked(simulator: Simulator) -> list[str | None]:
    return [request.method for request in simulator.requests]


class TestProcedure:
    async def test_an_available_extension_costs_two_calls(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        await get_state(make_client(), "01001")
        assert methods_asked(simulator) == [AVAILABILITY, STATUS]

    async def test_an_extension_that_is_not_available_costs_one(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        simulator.extension("01001").set(available=False, reason="-")
        assert (await get_state(make_client(), "01001")).status is Status.OFFLINE
        assert methods_asked(simulator) == [AVAILABILITY]

    async def test_without_supervisor_and_manager_only_availability_is_asked(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        client = make_client(Credentials(account_pin="12345", supervisor_id="1"))
        assert not client.include_call_state
        assert (await get_state(client, "01001", expect_available=True)).status is Status.AVAILABLE
        assert methods_asked(simulator) == [AVAILABILITY]
        with pytest.raises(ValueError, match="manager"):
            await client.get_extension_status("01001")

    async def test_both_calls_are_made_at_once_where_both_are_expected(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        simulator.delay = 0.05
        simulator.extension("01001").call_state = "called"
        read = await get_state(make_client(), "01001", expect_available=True)
        assert read.status is Status.ON_CALL
        assert simulator.peak_in_flight == 2

    @pytest.mark.parametrize("late", [AVAILABILITY, STATUS])
    async def test_the_answers_of_both_calls_may_come_in_any_order(
        self, simulator: Simulator, make_client: MakeClient, late: Method
    ) -> None:
        await simulator.inject(FaultRule(FaultKind.DELAY, method=late, seconds=0.1))
        simulator.extension("01001").call_state = "called"
        simulator.extension("01002").set(available=False, reason="pause", call_state="called")
        taken = Taken()
        await poll(make_client(), {"01001": True, "01002": True}, taken)
        assert taken.statuses == {"01001": Status.ON_CALL, "01002": Status.PAUSED}

    async def test_the_second_answer_is_thrown_away_if_the_first_says_not_available(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        simulator.extension("01001").set(available=False, reason="pause", call_state="called")
        read = await get_state(make_client(), "01001", expect_available=True)
        assert (read.status, read.call_state_text) == (Status.PAUSED, None)

    @pytest.mark.parametrize("expect_available", [False, True])
    async def test_without_a_call_state_there_is_no_state(
        self, simulator: Simulator, make_client: MakeClient, expect_available: bool
    ) -> None:
        simulator.account = Account(supervisor_id="another")
        with pytest.raises(RejectedCredentialsError, match="supervisor"):
            await get_state(make_client(), "01001", expect_available=expect_available)

    async def test_a_failure_of_the_first_call_counts_also_when_both_are_made_at_once(
        self, make_client: MakeClient
    ) -> None:
        with pytest.raises(FaultError, match="Unknown extension"):
            await get_state(make_client(), "09999", expect_available=True)

    async def test_the_kept_error_keeps_nothing_of_the_answer(
        self, make_client: MakeClient
    ) -> None:
        taken = Taken()
        await poll(make_client(), {"09999": False}, taken)
        error = taken.outcomes["09999"]
        assert isinstance(error, FaultError)
        assert (error.__context__, error.__traceback__) == (None, None)


class TestManyExtensions:
    @pytest.mark.parametrize("expect_available", [False, True])
    async def test_at_most_eight_requests_are_under_way(
        self, simulator: Simulator, make_client: MakeClient, expect_available: bool
    ) -> None:
        simulator.delay = 0.02
        for number in range(20):
            simulator.add_extension(f"02{number:03}", "Agent")
        taken = Taken()
        await poll(make_client(), dict.fromkeys(simulator.extensions, expect_available), taken)
        assert len(taken.statuses) == 25
        assert simulator.peak_in_flight == 8
        assert simulator.peak_connections == 8

    async def test_the_failure_of_one_stays_its_own(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        simulator.remove_extension("01002")
        taken = Taken()
        await poll(make_client(), dict.fromkeys(ALL, False), taken)
        assert isinstance(taken.outcomes["01002"], FaultError)
        assert taken.statuses == dict.fromkeys(
            ("01001", "01003", "01004", "01005"), Status.AVAILABLE
        )

    async def test_each_is_known_without_waiting_for_the_others(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        await simulator.inject(FaultRule(FaultKind.DELAY, extension_id="01001", seconds=60))
        taken = Taken()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await poll(make_client(), dict.fromkeys(ALL, True), taken)
        assert taken.statuses == dict.fromkeys(ALL[1:], Status.AVAILABLE)

    async def test_a_poll_of_a_server_that_is_down_is_over_after_two_timeouts_at_most(
        self, simulator: Simulator, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client_module, "REQUEST_TIMEOUT", 0.3)
        simulator.delay = 60
        client = make_client()
        for _ in range(2):
            simulator.journal.clear()
            taken = Taken()
            await poll(client, {f"{number:05}": True for number in range(100)}, taken)
            assert (len(taken.outcomes), taken.statuses) == (100, {})
            # The next poll tries again.
            assert 0 < len(simulator.requests) <= 16
            assert any(isinstance(each, NotTriedError) for each in taken.outcomes.values())
