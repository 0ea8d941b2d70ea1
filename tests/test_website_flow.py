"""The form of the website link."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.belfabriek.website import html_line

from .flows import Flow, open_options

ADDRESS = "https://home.example.com"
FORM: dict[str, Any] = {"website": True, "website_extensions": [], "renew": False}


@pytest.fixture
async def flow(hass: HomeAssistant, loaded: MockConfigEntry) -> Flow:
    """Open the form of a Home Assistant with an external URL."""
    await hass.config.async_update(external_url=ADDRESS)
    return await open_options(hass, loaded, "website")


async def test_form_names_nobody_and_is_off_by_default(flow: Flow) -> None:
    line = flow.suggested["line"]
    assert flow.suggested == {
        "website": False,
        "line": line,
        "website_tel": None,
        "website_extensions": [],
        "website_hours": None,
        "website_label": "Belfabriek",
        "renew": False,
    }
    assert not flow.errors
    assert "![](data:image/svg+xml;base64," in flow.description


async def test_line_stays_the_same_after_the_form_is_submitted(
    hass: HomeAssistant, loaded: MockConfigEntry, flow: Flow
) -> None:
    line = flow.suggested["line"]
    coordinator = loaded.runtime_data
    form = FORM | {"line": line, "website_extensions": ["subentry-1"]}
    assert (await flow.submit(form)).created
    await hass.async_block_till_done()
    website_id = loaded.options["website_id"]
    assert loaded.options == {
        "website": True,
        "website_extensions": ["subentry-1"],
        "website_id": website_id,
    }
    assert int(website_id, 16)
    assert line == html_line(f"{ADDRESS}/api/webhook/{website_id}", "Belfabriek")
    assert loaded.runtime_data is coordinator  # not reloaded
    # Saving another form keeps it.
    polling = {"scan_interval": 10, "on_call_statuses": ["on_call"], "count_per_person": False}
    await (await open_options(hass, loaded)).submit(polling)
    assert (await open_options(hass, loaded, "website")).suggested["line"] == line


def test_line_escapes_the_label() -> None:
    assert 'alt="&lt;b&gt; &quot;A&quot; &amp; B"' in html_line("https://x", '<b> "A" & B\u202e')


async def test_form_without_external_url_begins_with_an_explanation(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    await hass.config.async_update(internal_url="http://192.168.1.2:8123")
    flow = await open_options(hass, loaded, "website")
    assert flow.step == "website_address"
    assert not flow.errors
    await flow.submit({})
    assert flow.step == "website"
    assert not flow.errors
    assert "line" not in flow.schema
    assert (await flow.submit(FORM)).created
    assert loaded.options["website"]


async def test_extension_that_was_removed_is_no_longer_selected(
    hass: HomeAssistant, loaded: MockConfigEntry, flow: Flow
) -> None:
    selected = {"website_extensions": ["subentry-1", "gone"]}
    hass.config_entries.async_update_entry(loaded, options=selected)
    flow = await open_options(hass, loaded, "website")
    assert flow.suggested["website_extensions"] == ["subentry-1"]
    with pytest.raises(InvalidData):
        await flow.submit(FORM | {"website_extensions": ["gone"]})


@pytest.mark.parametrize(
    ("entered", "stored"), [("Call us ", "Call us"), ("Belfabriek", None), (" ", None)]
)
async def test_label_follows_the_name_of_the_account_unless_it_is_changed(
    loaded: MockConfigEntry, flow: Flow, entered: str, stored: str | None
) -> None:
    await flow.submit(FORM | {"website_label": entered})
    assert loaded.options.get("website_label") == stored


async def test_phone_number_is_kept_until_it_is_cleared(
    hass: HomeAssistant, loaded: MockConfigEntry, flow: Flow
) -> None:
    await flow.submit(FORM | {"website_tel": " 020 123 45 67 "})
    flow = await open_options(hass, loaded, "website")
    assert flow.suggested["website_tel"] == "020 123 45 67"
    await flow.submit(FORM)
    assert "website_tel" not in loaded.options


async def test_opening_hours_follow_a_renamed_entity(
    hass: HomeAssistant, loaded: MockConfigEntry, flow: Flow
) -> None:
    registry = er.async_get(hass)
    registry.async_get_or_create("schedule", "schedule", "desk", suggested_object_id="desk")
    await flow.submit(FORM | {"website_hours": "schedule.desk"})
    registry.async_update_entity("schedule.desk", new_entity_id="schedule.office")
    flow = await open_options(hass, loaded, "website")
    assert flow.suggested["website_hours"] == "schedule.office"
    await flow.submit(FORM)
    assert "website_hours" not in loaded.options


async def test_opening_hours_can_be_an_entity_without_a_unique_id(
    hass: HomeAssistant, loaded: MockConfigEntry, flow: Flow
) -> None:
    await flow.submit(FORM | {"website_hours": "calendar.desk"})
    assert loaded.options["website_hours"] == "calendar.desk"
    with pytest.raises(InvalidData):
        await (await open_options(hass, loaded, "website")).submit(
            FORM | {"website_hours": "light.desk"}
        )
