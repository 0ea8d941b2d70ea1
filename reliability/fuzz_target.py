"""What `reliability.fuzz` runs in a process of its own: libFuzzer takes it over and ends it."""

import sys

import atheris  # type: ignore[import-untyped]  # only who fuzzes has it, see `reliability.fuzz`

# What is imported in here tells the fuzzer where it has been, so nothing may import it before.
with atheris.instrument_imports(include=["custom_components.belfabriek.api"]):
    from custom_components.belfabriek.api import (
        AgentAvailability,
        ExtensionState,
        FaultError,
        UnusableAnswerError,
        decode_response,
    )
    from custom_components.belfabriek.api.models import call_state_from_answer


def read(body: bytes) -> None:
    """Read an answer in every way in which the client does."""
    try:
        answer = decode_response(body)
    except FaultError as err:
        str(err)
        return
    except UnusableAnswerError:
        return
    if not all(value is None or isinstance(value, str | int) for value in answer.values()):
        raise TypeError(f"neither a dict nor one of our exceptions: {answer!r}")
    try:
        state = ExtensionState(
            availability=AgentAvailability.from_answer(answer),
            call_state_text=call_state_from_answer(answer),
        )
    except UnusableAnswerError:
        return
    if state.status is None and not state.unrecognized and state.availability.reason is not None:
        raise ValueError(f"an unknown status without a reason: {state!r}")


atheris.Setup(sys.argv, read)
atheris.Fuzz()
