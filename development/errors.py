"""The one error of this package."""


class DevelopmentError(Exception):
    """Something that the person at the terminal must know; the message says it completely."""
