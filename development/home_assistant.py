"""A real Home Assistant as a child process."""

from collections.abc import Callable
import os
from pathlib import Path
import sys
from typing import NoReturn, override

from yarl import URL

from .ports import LOOPBACK
from .server_process import Server, ServerProcess
from .terminal import say

OWN_HASS = Path(sys.executable).with_name("hass")

# The first start installs what Home Assistant's integrations require, over a network of any speed.
START_LIMIT = 300.0

_STAND_INS = ("pymicro-vad", "pyspeex-noise")
_STAND_INS_FOLDER = Path(__file__).with_name("stand_ins")

_RESTART_EXIT_CODE = 100


class HomeAssistantProcess(ServerProcess):
    """Home Assistant on a folder that `configuration.prepare` has prepared for `port`.

    `hass` is the program of the Home Assistant to run, in whatever virtual environment.
    """

    def __init__(
        self,
        config_dir: Path,
        port: int,
        *,
        on_line: Callable[[str], None],
        hass: Path = OWN_HASS,
    ) -> None:
        config_dir = config_dir.absolute()
        log_file = config_dir / "home-assistant.log"
        # Told where to log to: without that, variables of the environment decide it.
        options = ("--config", config_dir, "--log-file", log_file, "--log-no-color")
        without = ("--skip-pip-packages", ",".join(_STAND_INS))
        super().__init__(
            Server(
                name="Home Assistant",
                command=(hass.absolute(), *options, *without),
                directory=config_dir,
                # Nothing else on the module search path: a `custom_components` package of the
                # caller's would hide that of the folder.
                environment={**os.environ, "PYTHONPATH": str(_STAND_INS_FOLDER)},
                url=URL.build(scheme="http", host=LOOPBACK, port=port),
                health="api/onboarding",
                log_file=log_file,
                # It takes a second or two, and longer where it had much to write.
                grace=15,
            ),
            on_line,
        )

    @override
    async def watch(self) -> NoReturn:
        """Start Home Assistant again where its user asked for that; raise when it ends otherwise.

        The restart button is how one gets changed code of the integration loaded.
        """
        while await self.wait() == _RESTART_EXIT_CODE:
            say("Home Assistant restarts, as its user asked.")
            await self.start()
        await super().watch()
