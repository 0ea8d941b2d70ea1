"""Answers that are honest, on connections that are not, or too slow."""

from dataclasses import replace

from .exchange import Afterwards, Exchange, Reply, honest
from .rules import FaultRule

_PAUSE = 0.05  # seconds; a whole answer takes half a minute
_IDLE = 0.05  # seconds; shorter than any time between two polls


def close_without_answer(_exchange: Exchange, _rule: FaultRule) -> Reply:
    """Close the connection once the request was read."""
    return Reply(cut_after=0)


def close_after_half_body(exchange: Exchange, _rule: FaultRule) -> Reply:
    """Announce the whole answer, and close the connection in the middle of it."""
    body = honest(exchange).body
    return Reply(body=body, cut_after=len(body) // 2)


def close_idle(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer, promise to keep the connection, and close it a moment later."""
    return replace(
        honest(exchange),
        afterwards=Afterwards.CLOSE_WHEN_IDLE,
        idle_seconds=_IDLE if rule.seconds is None else rule.seconds,
    )


def reset_on_reuse(exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer, keep the connection, and reset it when the next request arrives on it."""
    return replace(honest(exchange), afterwards=Afterwards.RESET_ON_REUSE)


def drip(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer one byte at a time."""
    return replace(honest(exchange), pause=_PAUSE if rule.seconds is None else rule.seconds)
