"""The project's blueprints, imported by their address as the buttons in the README do it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from aiohttp import web

from development.api import JsonObject, JsonValue
from development.ports import LOOPBACK

from .home import BLUEPRINTS, Home

# Where Home Assistant suggests to put what it imports from the project's page.
_FOLDER: Final = "hass-belfabriek"


async def import_blueprints(home: Home) -> None:
    """Import all of them."""
    async with published_blueprints() as url:
        for path in sorted(BLUEPRINTS.glob("*.yaml")):
            await _import(home, f"{url}/{path.name}", f"{_FOLDER}/{path.name}")


async def automate(home: Home, name: str, blueprint: str, **inputs: JsonValue) -> None:
    """Make an automation of an imported blueprint."""
    await home.add_automation(
        name.lower().replace(" ", "_"),
        # The integration's name is in it, and so in whatever is logged about it.
        f"Belfabriek {name}",
        f"{_FOLDER}/{blueprint}.yaml",
        inputs,
    )


async def _import(home: Home, url: str, path: str) -> None:
    """Take the two steps of the import dialog: look at it, then save it."""
    found = cast(JsonObject, await home.api.command("blueprint/import", url=url))
    assert found["validation_errors"] is None
    await home.api.command(
        "blueprint/save", domain="automation", path=path, yaml=found["raw_data"], source_url=url
    )


@asynccontextmanager
async def published_blueprints() -> AsyncIterator[str]:
    """Serve them over HTTP, as the repository's pages do; yields the address."""
    site = web.Application()
    site.router.add_static("/", BLUEPRINTS)
    runner = web.AppRunner(site)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        port = cast(tuple[str, int], runner.addresses[0])[1]
        yield f"http://{LOOPBACK}:{port}"
    finally:
        await runner.cleanup()
