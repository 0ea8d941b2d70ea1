"""Checks parameters that come from JSON or from a test."""

from collections.abc import Mapping


def check(owner: str, given: Mapping[str, object], known: Mapping[str, object]) -> None:
    """Check names and types of parameters; `known` has a value of the right type for each.

    Raises `ValueError` for an unknown name, `TypeError` for a value of another type.
    """
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"{owner} has no {name} (known: {', '.join(known)})")
        wanted = type(known[name])
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise TypeError(f"{name} must be of type {wanted.__name__}")
