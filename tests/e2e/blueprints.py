"""The project's blueprints, imported by their address as the buttons in the README do it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, cast

from aiohttp import web

from development.account import DOMAIN
from development.api import JsonObject, JsonValue
from development.ports import LOOPBACK

from .home import CHECKOUT, Home

_SOURCE: Final = CHECKOUT / "blueprints/automation" / DOMAIN
# Where Home Assistant suggests to put what it imports from the project's page.
_FOLDER: Final = "hass-belfabriek"
_AUTOMATIONS: Final = "/api/config/automation/config"


async def import_blueprints(home: Home) -> None:
    """Import all of them."""
    async with _served(_SOURCE) as url:
        for path in sorted(_SOURCE.glob("*.yaml")):
            await _import(home, f"{url}/{path.name}", f"{_FOLDER}/{path.name}")


async def automate(home: Home, name: str, blueprint: str, **inputs: JsonValue) -> None:
    """Make an automation of an imported blueprint."""
    await home.api.post(
        f"{_AUTOMATIONS}/{name.lower().replace(' ', '_')}",
        {
            # The integration's name is in it, and so in whatever is logged about it.
            "alias": f"Belfabriek {name}",
            "use_blueprint": {"path": f"{_FOLDER}/{blueprint}.yaml", "input": inputs},
        },
    )


async def _import(home: Home, url: str, path: str) -> None:
    """Take the two steps of the import dialog: look at it, then save it."""
    found = cast(JsonObject, await home.api.command("blueprint/import", url=url))
    assert found["validation_errors"] is None
    await home.api.command(
        "blueprint/save", domain="automation", path=path, yaml=found["raw_data"], source_url=url
    )


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[str]:
    """Serve a folder's files over HTTP; yields its address."""
    site = web.Application()
    site.router.add_static("/", folder)
    runner = web.AppRunner(site)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        port = cast(tuple[str, int], runner.addresses[0])[1]
        yield f"http://{LOOPBACK}:{port}"
    finally:
        await runner.cleanup()
