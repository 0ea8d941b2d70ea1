"""Names of Home Assistant and aiohttp that are not documented, or that an override relies on.

A newer version may rename them without notice. Then these tests name what is gone.
"""

from collections.abc import Iterator
from importlib import import_module
import inspect
from operator import attrgetter
from pkgutil import walk_packages

import pytest

import custom_components.belfabriek as integration

USED = [
    ("aiohttp.client_reqrep", "ClientRequest.send"),
    ("aiohttp.client_reqrep", "ClientRequest.connection_key"),
    ("aiohttp.client_reqrep", "ConnectionKey.proxy_headers_hash"),
    ("aiohttp.client_proto", "ResponseHandler.data_received"),
    ("aiohttp.client_proto", "ResponseHandler.set_exception"),
    ("aiohttp.client_proto", "ResponseHandler.should_close"),
    ("aiohttp.connector", "Connection.protocol"),
    ("aiohttp.connector", "Connection.transport"),
    ("homeassistant.helpers.condition", "EntityConditionBase._check_all_match_state"),
    ("homeassistant.helpers.trigger", "EntityTriggerBase._excluded_from_states"),
    ("homeassistant.helpers.trigger", "StatelessEntityTriggerBase._schema"),
    ("homeassistant.helpers.update_coordinator", "DataUpdateCoordinator._async_refresh"),
]


@pytest.mark.parametrize(("module", "name"), USED, ids=lambda part: part)
def test_undocumented_name_exists(module: str, name: str) -> None:
    assert attrgetter(name)(import_module(module))


def our_classes() -> Iterator[type]:
    """Return the classes of the integration."""
    for found in walk_packages(integration.__path__, f"{integration.__name__}."):
        for _, each in inspect.getmembers(import_module(found.name), inspect.isclass):
            if each.__module__ == found.name:
                yield each


@pytest.mark.parametrize("ours", our_classes(), ids=lambda ours: ours.__name__)
def test_overridden_name_exists_in_a_base_class(ours: type) -> None:
    overrides = {
        name
        for name, value in vars(ours).items()
        if getattr(getattr(value, "fget", None) or value, "__override__", False)
    }
    bases = {name for base in ours.__mro__[1:] for name in dir(base)}
    assert not overrides - bases
