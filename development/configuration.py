"""A folder that Home Assistant can run on, with the integration in it."""

from dataclasses import dataclass
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import TypedDict

from .account import DOMAIN
from .errors import DevelopmentError
from .ports import LOOPBACK

# What a dashboard, its graphs and automations need. Not `default_config`, which looks for devices
# around this machine and connects to services.
_CONFIGURATION = """\
# Written once by scripts/develop, and yours from then on. Removing it brings this text back.
homeassistant:
  auth_providers: !include auth_providers.yaml # written at every start

frontend:
history:
logbook:
my: # links that import a blueprint

lovelace:
  dashboards:
    belfabriek-team:
      mode: yaml
      title: Team
      icon: mdi:headset
      filename: team.yaml

automation: !include automations.yaml
scene: !include scenes.yaml
script: !include scripts.yaml

logger:
  default: warning
  logs:
    custom_components.belfabriek: info
    # Programs and libraries that this machine may lack, and nobody needs here.
    aiohttp_fast_zlib: error
    haffmpeg: critical
    homeassistant.components.camera.img_util: critical

# A lamp to automate, of the kind that hangs at a desk.
template:
  - light:
      - name: Busy light
        unique_id: busy_light
        icon: mdi:alarm-light
        turn_on: []
        turn_off: []
        set_level: []
        set_hs: []
"""
_INCLUDED_FILES = {
    "automations.yaml": "",
    "scenes.yaml": "",
    "scripts.yaml": "",
    # The overview that comes by itself shows rooms, and nothing is in one.
    "team.yaml": "strategy:\n  type: custom:belfabriek-team\n",
}

_LOGIN_PROVIDER = "- type: homeassistant\n"
# The first of the list is the one that the login page takes by itself.
_TRUSTED_PROVIDER = """\
- type: trusted_networks
  allow_bypass_login: true
  trusted_networks: ["127.0.0.1/32", "::1/128"]
"""


class _HttpSettings(TypedDict):
    server_host: list[str]
    server_port: int


class _HttpSlots(TypedDict):
    stable: _HttpSettings
    pending: _HttpSettings | None


class _HttpStore(TypedDict):
    data: _HttpSlots


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a folder is to have.

    `integration` is the integration's source, `blueprints` a folder of automation blueprints;
    Home Assistant reads both where they are, so that a change shows after its restart.
    `bypass_login` lets the browser on this machine in without a login.
    """

    folder: Path
    port: int
    integration: Path
    blueprints: Path | None = None
    bypass_login: bool = True


def prepare(configuration: Configuration) -> None:
    """Bring a folder, new or used, into the state that `configuration` describes.

    What a person may have changed in a used folder stays. Home Assistant must not be running on
    it. Raises DevelopmentError if a file or folder of theirs is in the way.
    """
    try:
        _prepare(configuration)
    except OSError as error:
        msg = f"{configuration.folder} cannot be prepared for Home Assistant: {error}"
        raise DevelopmentError(msg) from error


def _prepare(configuration: Configuration) -> None:
    folder = configuration.folder
    (folder / ".storage").mkdir(parents=True, exist_ok=True)
    _write_once(folder / "configuration.yaml", _CONFIGURATION)
    for name, text in _INCLUDED_FILES.items():
        _write_once(folder / name, text)
    (folder / "auth_providers.yaml").write_text(
        _auth_providers(configuration.bypass_login, owner_id(folder))
    )
    _prepare_http(folder / ".storage/http", configuration.port)
    _prepare_onboarding(folder / ".storage/onboarding")
    _link(folder / "custom_components" / DOMAIN, configuration.integration)
    _link_blueprints(folder / "blueprints/automation" / DOMAIN, configuration.blueprints)


def owner_id(folder: Path) -> str | None:
    """Return the ID of the user whom onboarding created, None before that."""
    try:
        store = json.loads((folder / ".storage/auth").read_text())
    except FileNotFoundError:
        return None
    users: list[dict[str, str | bool]] = store["data"]["users"]
    return next((str(user["id"]) for user in users if user["is_owner"]), None)


def has_config_entry(folder: Path) -> bool:
    """Return whether an account was added to the folder's Home Assistant."""
    try:
        store = json.loads((folder / ".storage/core.config_entries").read_text())
    except FileNotFoundError:
        return False
    entries: list[dict[str, str]] = store["data"]["entries"]
    return any(entry["domain"] == DOMAIN for entry in entries)


def _auth_providers(bypass_login: bool, owner: str | None) -> str:
    if not bypass_login:
        return _LOGIN_PROVIDER
    users = (
        f'  trusted_users:\n    "127.0.0.1": {owner}\n    "::1": {owner}\n'
        if owner is not None
        # The login is bypassed where there is one user to choose from, as in a new Home Assistant.
        else ""
    )
    return _TRUSTED_PROVIDER + users + _LOGIN_PROVIDER


def _prepare_http(path: Path, port: int) -> None:
    """Let Home Assistant listen on `port` of this machine, and nowhere else.

    In configuration.yaml these settings would be on trial, and undone by a restart, until somebody
    confirms them in the browser.
    """
    if path.exists():
        store: _HttpStore = json.loads(path.read_text())
        stable = store["data"]["stable"]
        stable["server_host"] = [LOOPBACK]
        stable["server_port"] = port
        store["data"]["pending"] = None
        path.write_text(json.dumps(store, indent=2))
        return
    path.write_text(
        json.dumps(
            {
                "version": 2,
                "minor_version": 2,
                "key": "http",
                "data": {
                    "stable": {
                        "server_host": [LOOPBACK],
                        "server_port": port,
                        "cors_allowed_origins": ["https://cast.home-assistant.io"],
                        "login_attempts_threshold": -1,
                        "ip_ban_enabled": True,
                        "ssl_profile": "modern",
                        "use_x_frame_options": True,
                        "created_at": datetime.now(UTC).isoformat(),
                        "error": None,
                        "error_message": None,
                    },
                    "pending": None,
                    "yaml_migration_done": True,
                },
            },
            indent=2,
        )
    )


def _prepare_onboarding(path: Path) -> None:
    """Have one step of the onboarding behind us: that which adds integrations nobody asked for.

    A weather forecast, radio stations and the like would be installed, polled and shown.
    """
    store = {
        "version": 4,
        "minor_version": 1,
        "key": "onboarding",
        "data": {"done": ["core_config"]},
    }
    _write_once(path, json.dumps(store, indent=2))


def _link_blueprints(folder: Path, source: Path | None) -> None:
    """Link a folder of blueprints file by file, as Home Assistant looks into no linked folder."""
    for link in folder.rglob("*.yaml"):
        if link.is_symlink():
            link.unlink()
    if source is not None:
        for blueprint in source.rglob("*.yaml"):
            _link(folder / blueprint.relative_to(source), blueprint)


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        msg = f"{link} is in the way of a link to {target}: move it elsewhere"
        raise DevelopmentError(msg)
    link.symlink_to(target.absolute())


def _write_once(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text)
