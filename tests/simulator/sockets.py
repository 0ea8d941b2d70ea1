"""A request by hand, for what an HTTP client would not do, and waiting for what follows."""

import asyncio
from collections.abc import Callable
from xmlrpc.client import dumps

METHOD = "ivr.getAgentAvail"


CALL = dumps(({"accountCode": "12345", "extensionId": "01001"},), METHOD).encode()
REQUEST = (
    b"POST /xml/agent/xml.asp HTTP/1.1\r\nHost: simulator\r\n"
    b"Content-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b" % (len(CALL), CALL)
)

LAST_REQUEST = REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what nobody tells."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)
