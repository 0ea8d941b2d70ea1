"""One poll of a whole account."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import (
    BelfabriekClient,
    BelfabriekError,
    ExtensionState,
    FaultError,
    RateLimitedError,
    RejectedCredentialsError,
    Status,
)
from .const import (
    CONF_EXTENSION_ID,
    CONF_ON_CALL_STATUSES,
    DEFAULT_ON_CALL_STATUSES,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    LOGGER,
    SUBENTRY_TYPE_EXTENSION,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BelfabriekData:
    """What a loaded entry holds."""

    coordinator: BelfabriekCoordinator
    account_device_id: str


type BelfabriekConfigEntry = ConfigEntry[BelfabriekData]

_REQUEST_REFRESH_COOLDOWN = 1.0
"""Seconds in which requested polls are gathered into one. Home Assistant's own 10 s would turn an
automation that asks every 5 s into one that asks every 10 s."""


class BelfabriekCoordinator(DataUpdateCoordinator[dict[str, ExtensionState]]):
    """Polls every extension of an account, and keeps the states by extension ID.

    An extension that failed in the last poll has no state. A state that did not change is the
    same object as in the poll before.
    """

    config_entry: BelfabriekConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: BelfabriekConfigEntry, client: BelfabriekClient
    ) -> None:
        """Prepare to poll the extensions that `entry` has now."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=timedelta(
                seconds=entry.options.get(CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL.total_seconds())
            ),
            request_refresh_debouncer=Debouncer(
                hass, LOGGER, cooldown=_REQUEST_REFRESH_COOLDOWN, immediate=True
            ),
            always_update=False,
        )
        self.include_call_state = client.include_call_state
        """Whether the second call is made at all."""
        self.on_call_statuses = frozenset(
            Status(status)
            for status in entry.options.get(CONF_ON_CALL_STATUSES, DEFAULT_ON_CALL_STATUSES)
        )
        """The statuses that count as being on a call."""
        self.failures: dict[str, BelfabriekError] = {}
        """Why an extension has no state, by extension ID; of the last poll."""
        self._client = client
        self._extension_ids = [
            str(subentry.data[CONF_EXTENSION_ID])
            for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        ]
        self.data = {}

    @override
    async def _async_update_data(self) -> dict[str, ExtensionState]:
        """Ask for all extensions at once; the client bounds how many requests are under way."""
        answers = dict(
            zip(
                self._extension_ids,
                await asyncio.gather(*map(self._async_get_state, self._extension_ids)),
                strict=True,
            )
        )
        self.failures = {
            extension_id: answer
            for extension_id, answer in answers.items()
            if isinstance(answer, BelfabriekError)
        }
        states = {
            extension_id: answer
            for extension_id, answer in answers.items()
            if not isinstance(answer, BelfabriekError)
        }
        if self.failures and not states:
            self._raise_common_failure()
        return states

    async def _async_get_state(self, extension_id: str) -> ExtensionState | BelfabriekError:
        """Return the state of one extension, or why there is none."""
        last = self.data.get(extension_id)
        try:
            state = await self._client.get_state(
                extension_id,
                expect_available=last is not None and last.availability.available,
            )
        except BelfabriekError as err:
            return err
        return last if last == state else state

    def _raise_common_failure(self) -> None:
        """Raise what all failures of a poll without a single success come down to.

        Nothing is raised where the server refuses every extension for reasons of their own: it
        is there, and the entities say which extensions failed.
        """
        failures = list(self.failures.values())
        if all(isinstance(failure, RejectedCredentialsError) for failure in failures):
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key="rejected_credentials"
            )
        failure = next((each for each in failures if not isinstance(each, FaultError)), None)
        if failure is not None:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="update_failed",
                translation_placeholders={"detail": str(failure)},
                retry_after=failure.retry_after if isinstance(failure, RateLimitedError) else None,
            )
