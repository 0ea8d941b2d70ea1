"""What the person at the terminal reads."""

from contextlib import suppress


def say(message: str) -> None:
    """Show a message at once, also where the output is a pipe."""
    # The terminal may be closed by now, and what is running must be ended all the same.
    with suppress(OSError):
        print(message, flush=True)  # noqa: T201 - this is a command: its output is what it is for
