"""The TCP ports of this machine: which we take by default, and which are taken."""

import socket

from .errors import DevelopmentError

LOOPBACK = "127.0.0.1"

HOME_ASSISTANT_PORT = 8123
SIMULATOR_PORT = 8480


def ensure_free(port: int, *, user: str, remedy: str) -> None:
    """Make sure that nobody listens on a port of this machine.

    `user` is who wants it and `remedy` what a person can do instead. Raises DevelopmentError,
    which says both, if somebody does.
    """
    # Binding the port would be no proof: it fails for a minute after a server has ended, and
    # succeeds where one shares its port.
    with socket.socket() as probe:
        taken = probe.connect_ex((LOOPBACK, port)) == 0
    if taken:
        msg = (
            f"Port {port}, which {user} needs, is in use. "
            f"Is another scripts/develop running? {remedy}"
        )
        raise DevelopmentError(msg)
