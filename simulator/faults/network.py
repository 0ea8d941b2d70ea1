"""Right answers on connections that go wrong, or too slowly."""

from dataclasses import replace
import math

from simulator import answers
from simulator.fault import Context, Reply, fault, normal_reply


@fault("failed", "connections are refused", whole_server=True)
def refuse_connections(context: Context, *, seconds: float = math.inf) -> Reply:
    return normal_reply(context)


@fault("failed", "the TLS certificate is not trusted", whole_server=True)
def untrusted_certificate(context: Context) -> Reply:
    return normal_reply(context)


@fault("failed", "closed without an answer")
def close_without_answer(context: Context) -> Reply:
    return Reply(cut_after=0)


@fault("failed", "closed after half of the body")
def close_after_half_body(context: Context) -> Reply:
    body = answers.encoded(context.xml)
    return Reply(body=body, cut_after=len(body) // 2)


@fault("true", "kept connection closed between two polls")
def close_idle(context: Context, *, seconds: float = 0.05) -> Reply:
    return replace(normal_reply(context), idle_seconds=seconds)


@fault("true", "kept connection reset by the next request")
def reset_on_reuse(context: Context) -> Reply:
    return replace(normal_reply(context), afterwards="reset_on_reuse")


@fault("true", "kept connection does not respond to the next request")
def silent_on_reuse(context: Context) -> Reply:
    return replace(normal_reply(context), afterwards="silent_on_reuse")


@fault("true", "the answer is sent again on the kept connection")
def answer_twice(context: Context, *, seconds: float = 0.05) -> Reply:
    reply = normal_reply(context)
    content_type = context.dialect.content_type.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    again = head % (content_type, len(reply.body)) + reply.body
    return replace(reply, behind=again, idle_seconds=seconds)


@fault("true", "bytes behind the answer on the kept connection")
def bytes_behind(context: Context, *, body: bytes = b"\r\n\r\n", seconds: float = 0.05) -> Reply:
    return replace(normal_reply(context), behind=body, idle_seconds=seconds)


@fault("failed", "20 s until the answer")
def delay(context: Context, *, seconds: float = 20.0) -> Reply:
    return replace(normal_reply(context), delay=seconds)


@fault("failed", "a byte every 50 ms")
def drip(context: Context, *, seconds: float = 0.05) -> Reply:
    return replace(normal_reply(context), pause=seconds)


@fault("failed", "interim answers for 20 s, status 100 or 103, before the answer")
def interim(context: Context, *, seconds: float = 20.0, code: int = 100, size: int = 0) -> Reply:
    head = b"HTTP/1.1 %d Interim\r\n%b\r\n"
    link = b"Link: </%b>\r\n" % (b"x" * size) if size else b""
    return replace(normal_reply(context), interim=head % (code, link), interim_seconds=seconds)
