import pytest

from development.log import ProblemFilter


def _shown(*lines: str) -> list[str]:
    shown: list[str] = []
    take = ProblemFilter(shown.append)
    for line in lines:
        take(line)
    return shown


@pytest.mark.parametrize("offset", ["", "+01:00"])  # the latter since Home Assistant 2026.11
def test_problems_are_shown_with_their_tracebacks(offset: str) -> None:
    error = f"2026-11-22 17:06:43.876{offset} ERROR (MainThread) [some.integration] It fails"
    information = f"2026-11-22 17:06:44.000{offset} INFO (MainThread) [some.integration] It works"

    assert _shown(information, "more of it", error, "Traceback ...", information) == [
        error,
        "Traceback ...",
    ]


def test_what_is_no_log_is_shown() -> None:
    refusal = "Error: Another Home Assistant instance is already running!"

    assert _shown(refusal) == [refusal]


@pytest.mark.parametrize(
    "text",
    [
        "[homeassistant.loader] We found a custom integration belfabriek which has not been",
        "[homeassistant.bootstrap] Skipping pip installation of required modules.",
        "[homeassistant.requirements] Skipping requirement pymicro-vad==1.0.1.",
    ],
)
def test_what_we_cause_on_purpose_is_not_shown(text: str) -> None:
    assert _shown(f"2026-11-22 17:06:43.876 WARNING (MainThread) {text} More") == []
