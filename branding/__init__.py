"""The integration's icon and logo: a drawing, and the images that Home Assistant asks for."""

from .render import BRAND_FOLDER, IMAGES, SOURCE, render

__all__ = ["BRAND_FOLDER", "IMAGES", "SOURCE", "render"]
