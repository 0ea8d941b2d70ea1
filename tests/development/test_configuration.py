from collections.abc import Callable
import json
from pathlib import Path
from typing import TypedDict, cast

from homeassistant.components.http.config import HTTP_STORAGE_SCHEMA
import pytest

from development.configuration import Configuration, has_config_entry, owner_id, prepare
from development.errors import DevelopmentError

OWNER_ID = "89d65c76a5f247a1a5dc34be3d3edb25"

type Prepare = Callable[..., Path]


class HttpSlots(TypedDict):
    """Home Assistant's HTTP settings: those that hold, and those on trial."""

    stable: dict[str, object]
    pending: dict[str, object] | None
    yaml_migration_done: bool


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder that stands for the integration's source."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "manifest.json").touch()
    return source


@pytest.fixture
def prepared(tmp_path: Path, source: Path) -> Prepare:
    """Return a function that prepares one folder, with some settings, and returns it."""

    def function(
        *, port: int = 8123, blueprints: Path | None = None, bypass_login: bool = True
    ) -> Path:
        folder = tmp_path / "folder"
        prepare(
            Configuration(
                folder=folder,
                port=port,
                integration=source,
                blueprints=blueprints,
                bypass_login=bypass_login,
            )
        )
        return folder

    return function


def _files(folder: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in folder.rglob("*") if path.is_file()}


def _store(folder: Path, key: str, data: object) -> None:
    (folder / ".storage" / key).write_text(json.dumps({"version": 1, "key": key, "data": data}))


def _http(folder: Path) -> HttpSlots:
    store = json.loads((folder / ".storage/http").read_text())
    return cast(HttpSlots, store["data"])


def test_the_integration_is_read_where_it_is(prepared: Prepare, source: Path) -> None:
    link = prepared() / "custom_components/belfabriek"

    assert link.resolve() == source
    assert (link / "manifest.json").exists()


def test_every_included_file_is_there(prepared: Prepare) -> None:
    folder = prepared()
    lines = (folder / "configuration.yaml").read_text().splitlines()
    included = [line.split("!include ")[1].split()[0] for line in lines if "!include" in line]

    assert included
    for name in [*included, "team.yaml"]:
        assert (folder / name).exists()


def test_home_assistant_listens_on_this_machine_only(prepared: Prepare) -> None:
    http = _http(prepared(port=8124))

    assert http["stable"]["server_host"] == ["127.0.0.1"]
    assert http["stable"]["server_port"] == 8124
    assert http["pending"] is None
    assert http["yaml_migration_done"] is True


def test_home_assistant_finds_its_http_settings_complete(prepared: Prepare) -> None:
    notes = {"created_at", "error", "error_message"}
    stable = _http(prepared())["stable"]
    settings = {key: value for key, value in stable.items() if key not in notes}

    assert HTTP_STORAGE_SCHEMA(settings) == settings
    assert stable.keys() >= notes


def test_the_step_that_adds_other_integrations_is_left_out(prepared: Prepare) -> None:
    store = json.loads((prepared() / ".storage/onboarding").read_text())

    assert store["data"] == {"done": ["core_config"]}


def test_a_second_time_changes_nothing(prepared: Prepare) -> None:
    before = _files(prepared())

    assert _files(prepared()) == before


def test_what_a_person_changed_stays(prepared: Prepare) -> None:
    folder = prepared()
    (folder / "configuration.yaml").write_text("mine:")
    (folder / "automations.yaml").write_text("- mine")

    prepared()

    assert (folder / "configuration.yaml").read_text() == "mine:"
    assert (folder / "automations.yaml").read_text() == "- mine"


def test_another_port_leaves_the_other_http_settings(prepared: Prepare) -> None:
    folder = prepared()
    http = _http(folder)
    http["stable"]["ip_ban_enabled"] = False
    _store(folder, "http", {**http, "pending": {**http["stable"], "server_port": 8125}})

    prepared(port=8124)

    after = _http(folder)
    assert after["stable"] == {**http["stable"], "server_port": 8124}
    assert after["pending"] is None


def test_the_browser_on_this_machine_is_let_in(prepared: Prepare) -> None:
    providers = (prepared() / "auth_providers.yaml").read_text()

    # The first provider is the one that the login page takes by itself.
    assert providers.startswith("- type: trusted_networks\n  allow_bypass_login: true\n")
    assert providers.endswith("- type: homeassistant\n")
    assert "trusted_users" not in providers


def test_the_browser_is_let_in_as_the_owner(prepared: Prepare) -> None:
    folder = prepared()
    users = [{"id": "another", "is_owner": False}, {"id": OWNER_ID, "is_owner": True}]
    _store(folder, "auth", {"users": users})

    prepared()

    assert owner_id(folder) == OWNER_ID
    assert (folder / "auth_providers.yaml").read_text().count(OWNER_ID) == 2


def test_the_login_can_be_asked_for_again(prepared: Prepare) -> None:
    prepared()

    providers = (prepared(bypass_login=False) / "auth_providers.yaml").read_text()

    assert providers == "- type: homeassistant\n"


def test_blueprints_are_linked_file_by_file(prepared: Prepare, tmp_path: Path) -> None:
    blueprints = tmp_path / "blueprints"
    (blueprints / "lights").mkdir(parents=True)
    (blueprints / "lights/busy.yaml").write_text("blueprint:")
    (blueprints / "README.md").touch()

    linked = prepared(blueprints=blueprints) / "blueprints/automation"

    # How Home Assistant looks for them.
    assert [path.name for path in linked.glob("**/*.yaml")] == ["busy.yaml"]
    assert (linked / "belfabriek/lights/busy.yaml").read_text() == "blueprint:"


def test_a_blueprint_that_went_away_goes_away(prepared: Prepare, tmp_path: Path) -> None:
    blueprints = tmp_path / "blueprints"
    blueprints.mkdir()
    (blueprints / "old.yaml").touch()
    folder = prepared(blueprints=blueprints)
    (blueprints / "old.yaml").rename(blueprints / "new.yaml")

    prepared(blueprints=blueprints)

    names = [path.name for path in (folder / "blueprints").rglob("*.yaml")]
    assert names == ["new.yaml"]


def test_blueprints_that_do_not_exist_are_no_trouble(prepared: Prepare, tmp_path: Path) -> None:
    assert not (prepared(blueprints=tmp_path / "none") / "blueprints").exists()


def test_a_folder_in_the_way_is_left_alone(prepared: Prepare) -> None:
    link = prepared() / "custom_components/belfabriek"
    link.unlink()
    link.mkdir()

    with pytest.raises(DevelopmentError, match="in the way"):
        prepared()

    assert link.is_dir()


def test_a_folder_that_cannot_be_made_is_said(source: Path) -> None:
    file = source / "manifest.json"

    with pytest.raises(DevelopmentError, match="cannot be prepared"):
        prepare(Configuration(folder=file, port=8123, integration=source))


def test_whether_an_account_was_added(prepared: Prepare) -> None:
    folder = prepared()
    assert not has_config_entry(folder)

    _store(folder, "core.config_entries", {"entries": [{"domain": "backup"}]})
    assert not has_config_entry(folder)

    _store(folder, "core.config_entries", {"entries": [{"domain": "belfabriek"}]})
    assert has_config_entry(folder)
