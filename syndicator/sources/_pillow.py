"""Pillow, for whoever prepares or draws pictures. The only importer of that library; import this where it is used."""

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps, features

Raster = Image.Image

__all__ = ["Image", "ImageChops", "ImageDraw", "ImageFilter", "ImageFont", "ImageOps", "Raster", "features"]
