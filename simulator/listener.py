"""A listening socket whose port stays ours while nobody listens on it."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
import socket
import ssl
from typing import Final


class Listener:
    """Accepts connections on one port of one address, or refuses them without giving the port up.

    A second socket, bound but never listening, holds the port: the kernel refuses connections to
    it, and nobody else can bind it. The two share the port because both have SO_REUSEPORT; the one
    that listens also has SO_REUSEADDR, so that what is left of its connections does not keep the
    port from being taken again.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host: Final = host
        self.port = port
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._holder: socket.socket | None = None
        self._server: asyncio.Server | None = None

    @property
    def listening(self) -> bool:
        """Whether a connection would be accepted."""
        return self._server is not None

    def hold(self) -> None:
        """Take the port; port 0 becomes a free one, for good. `OSError` if it is taken."""
        # The sockets below would share the port with another simulator of the same user.
        with self._bound(socket.SO_REUSEADDR) as probe:
            self.port = probe.getsockname()[1]
        self._holder = self._bound(socket.SO_REUSEPORT)

    async def listen(
        self,
        factory: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Accept connections; each is given to a protocol of `factory`, inside TLS if asked."""
        loop = asyncio.get_running_loop()
        with ExitStack() as undo:
            sock = undo.enter_context(self._bound(socket.SO_REUSEADDR, socket.SO_REUSEPORT))
            self._server = await loop.create_server(factory, sock=sock, ssl=tls)
            undo.pop_all()

    def refuse(self) -> None:
        """Stop accepting; connections that were accepted live on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def release(self) -> None:
        """Give the port up."""
        self.refuse()
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    def _bound(self, *options: int) -> socket.socket:
        with ExitStack() as undo:
            sock = undo.enter_context(socket.socket(self._family, socket.SOCK_STREAM))
            for option in options:
                sock.setsockopt(socket.SOL_SOCKET, option, 1)
            sock.bind((self.host, self.port))
            undo.pop_all()
        return sock
