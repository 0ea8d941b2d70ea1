import subprocess

from development.develop import CHECKOUT


def test_help_names_every_option() -> None:
    text = subprocess.run(  # noqa: S603 - the program under test
        [CHECKOUT / "scripts/develop", "--help"], capture_output=True, check=True, text=True
    ).stdout
    introduction, explanation = text.split("usage:")

    options = {word.strip("[],") for word in explanation.split() if word.startswith("[--")}
    assert len(options) == 5
    for option in options:
        assert option in introduction
