from http import HTTPStatus
import io

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from PIL import Image, ImageChops
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from branding import BRAND_FOLDER, IMAGES, render
from custom_components.belfabriek.const import DOMAIN

MAX_BYTES = 16 * 1024


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_what_the_script_makes_of_the_drawing(name: str) -> None:
    stored = Image.open(BRAND_FOLDER / name).convert("RGBA")
    rendered = Image.open(io.BytesIO(render(IMAGES[name]))).convert("RGBA")
    assert stored.size == rendered.size
    # Another processor may round an edge's colour the other way.
    difference = ImageChops.difference(stored, rendered)
    assert max(high for _, high in difference.getextrema()) <= 2  # type: ignore[misc]


def test_there_are_no_other_images() -> None:
    assert {path.name for path in BRAND_FOLDER.iterdir()} == set(IMAGES)


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_small_transparent_and_trimmed(name: str) -> None:
    path = BRAND_FOLDER / name
    image = Image.open(path)
    assert image.format == "PNG"
    assert path.stat().st_size < MAX_BYTES
    transparency = image.convert("RGBA").getchannel("A")
    assert transparency.getextrema() == (0, 255)
    assert transparency.getbbox() == (0, 0, *image.size)


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_has_the_size_that_home_assistant_asks_for(name: str) -> None:
    size = Image.open(BRAND_FOLDER / name).size
    scale = 2 if "@2x" in name else 1
    if "icon" in name:
        assert size == (256 * scale, 256 * scale)
    else:
        assert 128 * scale <= min(size) <= 256 * scale


@pytest.mark.parametrize("name", IMAGES)
async def test_home_assistant_serves_an_image(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    enable_custom_integrations: None,
    name: str,
) -> None:
    assert await async_setup_component(hass, "brands", {})
    client = await hass_client()
    response = await client.get(f"/api/brands/integration/{DOMAIN}/{name}")
    assert response.status == HTTPStatus.OK
    assert response.content_type == "image/png"
    assert await response.read() == (BRAND_FOLDER / name).read_bytes()
