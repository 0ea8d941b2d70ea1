"""Waiting for what happens in another process, without guessing how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable

# The machine may be slow and shared; who passes does not wait this long.
LIMIT = 60.0

_INTERVAL = 0.1


async def eventually[T](
    ask: Callable[[], Awaitable[T]],
    accept: Callable[[T], bool],
    what: str,
    *,
    limit: float = LIMIT,
) -> T:
    """Ask until the answer is accepted, and return it.

    Fails after `limit` seconds, and says `what` was waited for and what the last answer was.
    """
    answer = await ask()
    try:
        async with asyncio.timeout(limit):
            while not accept(answer):
                await asyncio.sleep(_INTERVAL)
                answer = await ask()
    except TimeoutError:
        msg = f"waited {limit:.0f} s for {what}; the last answer was {answer!r}"
        raise AssertionError(msg) from None
    return answer
