"""Home Assistant's own `rest` integration, configured for the two calls."""

import asyncio
from collections.abc import Iterator
from typing import Final, override

from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

from benchmarks import scene
from benchmarks.scene import Answer, Answers
from custom_components.belfabriek.api.xmlrpc import encode_call

from .contender import HomeContender

_RESOURCE: Final = """\
  - resource: {url}
    method: POST
    headers:
      Content-Type: text/xml
    payload: |
{payload}
    scan_interval: {scan_interval}
    sensor:
"""
_SENSOR: Final = """\
      - name: "Rest {extension_id} {name}"
        value_template: >-
          {{{{ {template} }}}}
"""
_MEMBERS: Final = "value_json.methodResponse.params.param.value.struct.member"
_AVAILABLE: Final = (
    _MEMBERS + " | selectattr('name', 'eq', 'available') | map(attribute='value.i4') | first"
)
_REASON: Final = (
    _MEMBERS + " | selectattr('name', 'eq', 'availReason') | map(attribute='value.string') | first"
)
_CALL_STATE: Final = _MEMBERS + ".value.string"


def configuration(url: str, extension_ids: list[str], scan_interval: float) -> str:
    """Return the YAML that a user would write."""
    return "rest:\n" + "".join(
        part
        for extension_id in extension_ids
        for part in _extension_lines(url, extension_id, scan_interval)
    )


def _extension_lines(url: str, extension_id: str, scan_interval: float) -> Iterator[str]:
    calls = (
        (
            encode_call("ivr.getAgentAvail", scene.first_call(extension_id)),
            {"available": _AVAILABLE, "reason": _REASON},
        ),
        (
            encode_call("general.getExtensionStatus", scene.second_call(extension_id)),
            {"call state": _CALL_STATE},
        ),
    )
    for body, sensors in calls:
        payload = "\n".join(f"      {line}" for line in body.decode().splitlines())
        yield _RESOURCE.format(url=url, payload=payload, scan_interval=scan_interval)
        for name, template in sensors.items():
            yield _SENSOR.format(extension_id=extension_id, name=name, template=template)


class Rest(HomeContender):
    """What a user would write in YAML today."""

    name = "rest (YAML)"
    how = (
        "Home Assistant's own `rest` integration with the two calls of every extension as resources"
        " and three template sensors on them. It cannot make the second call depend on the first,"
        " nor bound its requests. Each resource is refreshed at a moment of its own, as Home"
        " Assistant does it: a poll of them all is spread over half a second."
    )

    @override
    async def start(self) -> None:
        self._extension_ids = scene.extension_ids(self._count)
        if "rest" in self._hass.data:
            return
        text = configuration(self._url, self._extension_ids, self._interval)
        config = await self._hass.async_add_executor_job(parse_yaml, text)
        if not isinstance(config, dict) or not await async_setup_component(
            self._hass, "rest", config
        ):
            raise RuntimeError("rest was not set up")
        await self._hass.async_block_till_done()

    @override
    async def stop(self) -> None:
        pass

    @override
    async def poll(self) -> None:
        # The moment within a second that each coordinator has chosen for itself.
        moments = [(each._microsecond, each) for each in self._coordinators]  # noqa: SLF001 - theirs
        first = min(moment for moment, _ in moments)

        async def refresh(moment: float, coordinator: DataUpdateCoordinator[None]) -> None:
            await asyncio.sleep(moment - first)
            await coordinator.async_refresh()

        await asyncio.gather(*(refresh(moment, each) for moment, each in moments))

    @property
    def _coordinators(self) -> list[DataUpdateCoordinator[None]]:
        coordinators: list[DataUpdateCoordinator[None]] = self._hass.data["rest"]["coordinator"]
        return coordinators

    @override
    def answers(self) -> Answers:
        return {
            extension_id: Answer(
                available=(available := self._state(extension_id, "available") == "1"),
                reason=self._state(extension_id, "reason"),
                call_state=self._state(extension_id, "call_state") if available else "",
            )
            for extension_id in self._extension_ids
        }

    @override
    def shows(self, extension_id: str, answer: Answer) -> tuple[str, str]:
        if answer.call_state == "called":
            return _entity_id(extension_id, "call_state"), "called"
        if answer.available:
            return _entity_id(extension_id, "available"), "1"
        return _entity_id(extension_id, "reason"), answer.reason

    def _state(self, extension_id: str, name: str) -> str:
        state = self._hass.states.get(_entity_id(extension_id, name))
        return "" if state is None else state.state


class RestAtOnce(Rest):
    """The same resources, refreshed as nobody can have it."""

    name = "rest (YAML), at once"
    how = (
        "The same resources, all refreshed at the same moment, which Home Assistant never does by"
        " itself: it sends 100 requests at a time, on as many connections."
    )

    @override
    async def poll(self) -> None:
        await asyncio.gather(*(each.async_refresh() for each in self._coordinators))


def _entity_id(extension_id: str, name: str) -> str:
    return f"sensor.rest_{extension_id}_{name}"
