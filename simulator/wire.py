"""Puts a reply on the wire, the way it wants to be put there."""

import asyncio

from aiohttp import web

from .faults.exchange import Reply


async def send(
    request: web.Request, transport: asyncio.Transport, reply: Reply, content_type: str
) -> web.StreamResponse:
    """Answer `request`, which came on `transport`, with `reply`.

    The reply's own content type goes before `content_type`. Raises `ConnectionError` when the
    client is gone.
    """
    headers = {"Content-Type": reply.content_type or content_type, **reply.headers}
    if reply.cut_after == 0:
        transport.close()
        return web.Response()
    if all(one is None for one in (reply.cut_after, reply.chunks, reply.pause)):
        return web.Response(status=reply.status, headers=headers, body=reply.body)
    response = web.StreamResponse(status=reply.status, headers=headers)
    if reply.chunks is None:
        response.content_length = len(reply.body)
    elif reply.declared_length is not None:
        response.content_length = reply.declared_length
    else:
        response.enable_chunked_encoding()
    await response.prepare(request)
    if reply.cut_after is not None:
        await response.write(reply.body[: reply.cut_after])
        transport.close()
    elif reply.chunks is not None:
        for chunk in reply.chunks():
            await response.write(chunk)
            # To a client that reads as fast as this writes, `write` never waits: others get a turn.
            await asyncio.sleep(0)
    else:
        for index in range(len(reply.body)):
            await asyncio.sleep(reply.pause or 0)
            await response.write(reply.body[index : index + 1])
    return response
