"""Servers other than the simulator, which may answer at an address."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from .certificates import Certificate

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve on loopback, and return the address for the form."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("/xml/agent/xml.asp"))
    finally:
        await server.close()


@contextmanager
def serving_untrusted() -> Iterator[tuple[str, list[bytes]]]:
    """Serve with a certificate that is not trusted, and return the address and what was received.

    It runs in a thread: in Home Assistant's event loop, the test harness would report the failed
    handshake of the server as an error of Home Assistant.
    """
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        context = Certificate.make().server_context()
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}/xml/agent/xml.asp", received
        finally:
            server.shutdown()
            thread.join()


async def web_page(request: web.Request) -> web.Response:
    """Show a web page, as a router or a hotel's network does."""
    return web.Response(text="<html><body>Welcome</body></html>", content_type="text/html")


async def broken(request: web.Request) -> web.Response:
    """Show the page of a server with an error in its program."""
    return web.Response(status=500, text="<html>Internal error</html>", content_type="text/html")


async def too_busy(request: web.Request) -> web.Response:
    """Ask for fewer requests."""
    return web.Response(status=429, headers={"Retry-After": "60"})


STRANGERS = [
    pytest.param(web_page, "unusable_answer", id="a web page"),
    pytest.param(broken, "unusable_answer", id="a broken server"),
    pytest.param(too_busy, "rate_limited", id="a busy server"),
]
"""Servers that are not the API, and the error that the form shows for each."""


def answering(answer: Callable[[str], str]) -> Handler:
    """Return a handler that answers the XML of a call with the result of `answer`."""

    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=answer(await request.text()), content_type="text/xml")

    return handler


def struct(**members: str) -> str:
    """Return an answer of the API."""
    return (
        "<methodResponse><params><param><value>"
        f"{_struct(members)}</value></param></params></methodResponse>"
    )


def fault(text: str) -> str:
    """Return a refusal of the API."""
    members = {"faultCode": "1", "faultString": text}
    return f"<methodResponse><fault><value>{_struct(members)}</value></fault></methodResponse>"


def _struct(members: dict[str, str]) -> str:
    return "".join(
        (
            "<struct>",
            *(
                f"<member><name>{name}</name><value><string>{value}</string></value></member>"
                for name, value in members.items()
            ),
            "</struct>",
        )
    )
