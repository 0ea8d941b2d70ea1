"""The command line: `python -m branding`."""

import argparse

from .render import BRAND_FOLDER, IMAGES, render


def main() -> None:
    """Write every image."""
    argparse.ArgumentParser(
        prog="scripts/brand", description=f"Renders branding/brand.svg into {BRAND_FOLDER}."
    ).parse_args()
    BRAND_FOLDER.mkdir(exist_ok=True)
    for name, image in IMAGES.items():
        content = render(image)
        (BRAND_FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")  # noqa: T201 - a command speaks


main()
