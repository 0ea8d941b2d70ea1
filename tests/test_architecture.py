"""The layers that docs/architecture.md draws."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
INTEGRATION = REPOSITORY / "custom_components" / "belfabriek"
PLATFORMS = {"binary_sensor", "event", "sensor"}
# What a module may import of its own package: nothing that stands to its right in the drawing.
LAYERS: dict[str, set[str]] = {
    "api/exceptions": set(),
    "api/xmlrpc": {"exceptions"},
    "api/models": {"exceptions", "xmlrpc"},
    "api/url": {"exceptions"},
    "api/client": {"exceptions", "xmlrpc", "models", "url"},
    "api/request_queue": {"exceptions", "client"},
    "api/poll": {"exceptions", "models", "client", "request_queue"},
    "const": {"api"},
    "account": {"api", "const"},
    "status_since": {"api"},
    "reports": {"api", "const"},
    "coordinator": {"api", "const", "reports", "status_since"},
    "entity": {"api", "const", "coordinator"},
    "call_events": {"api"},
    "binary_sensor": {"api", "coordinator", "entity"},
    "event": {"api", "call_events", "coordinator", "entity"},
    "sensor": {"api", "coordinator", "entity", "status_since"},
    "schemas": {"api", "const"},
    "validation": {"account", "api", "api/client", "const"},
    "config_flow": {"account", "api", "const", "schemas", "validation"},
    "dashboard": {"const"},
    "diagnostics": {"const", "coordinator"},
    "services": {"const", "coordinator"},
    "system_health": {"api", "const", "coordinator"},
}  # fmt: skip


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the level and the module of every import: 0 is absolute, 1 is beside the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            if node.module is None:
                yield from ((node.level, alias.name) for alias in node.names)
            else:
                yield node.level, node.module
        elif isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)


def test_every_module_has_its_layer() -> None:
    modules = {
        str(path.relative_to(INTEGRATION).with_suffix(""))
        for path in INTEGRATION.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert modules == set(LAYERS)


@pytest.mark.parametrize("module", LAYERS)
def test_a_module_knows_only_what_stands_to_its_left(module: str) -> None:
    relative = {
        name.split(".")[0] for level, name in imports_of(INTEGRATION / f"{module}.py") if level
    }
    assert relative <= LAYERS[module]
    assert not relative & PLATFORMS


@pytest.mark.parametrize("path", sorted((INTEGRATION / "api").glob("*.py")), ids=lambda p: p.stem)
def test_the_api_knows_nothing_of_home_assistant(path: Path) -> None:
    for level, name in imports_of(path):
        assert level <= 1
        assert name.split(".")[0] not in {"homeassistant", "custom_components", "probatio"}


@pytest.mark.parametrize("folder", ["custom_components", "branding"])
def test_nothing_that_is_shipped_imports_the_simulator(folder: str) -> None:
    for path in (REPOSITORY / folder).rglob("*.py"):
        assert not {name for _, name in imports_of(path) if name.split(".")[0] == "simulator"}


def test_the_simulator_shares_nothing_with_the_client() -> None:
    for path in (REPOSITORY / "simulator").rglob("*.py"):
        assert not {
            name for _, name in imports_of(path) if name.split(".")[0] == "custom_components"
        }
