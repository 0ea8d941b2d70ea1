"""What scripts/soak runs."""

import sys

from homeassistant.core import HomeAssistant
import pytest

from .document import renew
from .soak import broken_promises, soak


@pytest.mark.timeout(0)
async def test_soak(hass: HomeAssistant, pytestconfig: pytest.Config) -> None:
    """Poll as often as was asked for; the figures are noted whether they are good or not."""
    figures, wrong = await soak(
        hass,
        polls=pytestconfig.getoption("polls"),
        extensions=pytestconfig.getoption("extensions"),
        seed=pytestconfig.getoption("seed"),
    )
    renew(soak=figures)
    for line in (repr(figures), *wrong):
        sys.stdout.write(f"{line}\n")
    if broken := broken_promises(figures):
        pytest.fail("; ".join(broken))
