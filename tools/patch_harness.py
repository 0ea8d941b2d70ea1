"""Let the test harness run on a newer Home Assistant than the one that it was made for.

`scripts/environment` runs it with the Python of the environment whose harness is patched.
"""

from importlib.util import find_spec
from pathlib import Path
import sys
from typing import Final

HARNESS: Final = "pytest_homeassistant_custom_component"
PATCHES: Final = {
    # Home Assistant replaces httpx and voluptuous when it is imported; respx imports httpx.
    "plugins.py": ("import asyncio\n", "import homeassistant\nimport asyncio\n"),
    # 2026.11 has this name in a submodule only.
    "common.py": (
        "    _clear_logger_overwrites,\n)\n",
        ")\nfrom homeassistant.components.logger.helpers import _clear_logger_overwrites\n",
    ),
}


def main() -> None:
    """Apply the patches that are not applied yet."""
    spec = find_spec(HARNESS)
    if spec is None or spec.origin is None:
        sys.exit(f"{HARNESS} is not installed")
    for name, (old, new) in PATCHES.items():
        path = Path(spec.origin).with_name(name)
        text = path.read_text("utf-8")
        if new in text:
            continue
        if text.count(old) != 1:
            sys.exit(f"{path} has changed: {old!r} is not there once")
        # Not in place: the file is a hard link to the cache of uv and to other environments.
        patched = path.with_suffix(".patched")
        patched.write_text(text.replace(old, new), "utf-8")
        patched.replace(path)


if __name__ == "__main__":
    main()
