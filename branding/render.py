"""From the drawing to the images."""

from collections.abc import Mapping
from dataclasses import dataclass
import io
import itertools
from pathlib import Path
from typing import Final, cast
from xml.etree import ElementTree as ET

from PIL import Image
import resvg_py

CHECKOUT: Final = Path(__file__).parents[1]
SOURCE: Final = CHECKOUT / "branding" / "brand.svg"
BRAND_FOLDER: Final = CHECKOUT / "custom_components" / "belfabriek" / "brand"

_SVG: Final = "{http://www.w3.org/2000/svg}"
_INK_ON_DARK: Final = "#8fc2f2"
_PALETTE_SIZE: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandImage:
    """One image: a view of the drawing, on a background, in a size."""

    view: str
    dark: bool
    height: int


IMAGES: Final[Mapping[str, BrandImage]] = {
    f"{prefix}{view}{suffix}.png": BrandImage(view=view, dark=bool(prefix), height=height * scale)
    for view, height in (("icon", 256), ("logo", 160))
    for prefix in ("", "dark_")
    for suffix, scale in (("", 1), ("@2x", 2))
}
"""The images that Home Assistant serves, by file name."""


def render(image: BrandImage) -> bytes:
    """Return the image as a PNG file, the same bytes each time."""
    drawing = ET.parse(SOURCE).getroot()  # noqa: S314 - our own file
    view = drawing.find(f"{_SVG}view[@id='{image.view}']")
    if view is None:
        raise ValueError(f"{SOURCE.name} has no view {image.view!r}")
    box = view.attrib["viewBox"]
    drawing.set("viewBox", box)
    if image.dark:
        drawing.set("color", _INK_ON_DARK)
    _, _, width, height = map(float, box.split())
    # Given as arguments, these would be rounded up in one direction.
    drawing.set("width", str(round(width / height * image.height)))
    drawing.set("height", str(image.height))
    rendered = resvg_py.svg_to_bytes(svg_string=ET.tostring(drawing, encoding="unicode"))
    return _with_palette(Image.open(io.BytesIO(bytes(rendered))))


def _with_palette(image: Image.Image) -> bytes:
    """Return the same pixels as a PNG file of a third of the size: the drawing has few colours."""
    pixels = cast("tuple[tuple[int, ...], ...]", image.get_flattened_data())
    colors = sorted(set(pixels))
    if len(colors) > _PALETTE_SIZE:
        raise ValueError(f"The drawing has more than {_PALETTE_SIZE} colours")
    index = {color: number for number, color in enumerate(colors)}
    result = Image.new("P", image.size)
    result.putpalette(bytes(itertools.chain.from_iterable(colors)), "RGBA")
    result.putdata([index[pixel] for pixel in pixels])
    content = io.BytesIO()
    result.save(content, "PNG", optimize=True)
    return content.getvalue()
