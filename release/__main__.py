"""Runs `scripts/package`."""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys
from typing import Final

from .archive import ArchiveError, build

_CHECKOUT: Final = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the archive, say where it is and how large; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/package", description="Builds the archive that HACS downloads."
    )
    parser.add_argument(
        "--version",
        metavar="X.Y.Z",
        help="version in the archive's manifest (default: that of the checkout's)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("dist/belfabriek.zip"),
        metavar="FILE",
        help="where to put it (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    try:
        build(
            _CHECKOUT / "custom_components/belfabriek",
            options.output,
            version=options.version,
        )
    except (ArchiveError, OSError) as error:
        sys.stderr.write(f"package: {error}\n")
        return 1
    sys.stdout.write(f"{options.output}  {options.output.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
