"""Change the GitHub account that this repository is published under, in every file that names it.

`scripts/owner NAME` runs it. The documentation link of the manifest says who the owner is now.
"""

import argparse
import json
from pathlib import Path
import re
import subprocess
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
MANIFEST: Final = CHECKOUT / "custom_components" / "belfabriek" / "manifest.json"
NAME: Final = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")
PLACES: Final = re.compile(
    r"(?<=github\.com/)NAME(?=/belfabriek)"
    r"|(?<=githubusercontent\.com/)NAME(?=/belfabriek)"
    r"|(?<=github\.com%2F)NAME(?=%2Fbelfabriek)"
    r"|(?<=\?owner=)NAME(?=&repository=belfabriek)"
    r"|(?<=\[)NAME(?=/belfabriek\])"  # the title of the pull request for the catalog
    r'|(?<="codeowners": \["@)NAME(?="\])'
    r"|(?<=^  author: )NAME$".replace("NAME", NAME.pattern),
    re.MULTILINE,
)


def texts() -> dict[Path, str]:
    """Return the text of every file of the repository; of binary files, what can be read."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.check_output(command, cwd=CHECKOUT, text=True)  # noqa: S603 - our own
    paths = (CHECKOUT / name for name in names.split("\0") if name)
    return {path: path.read_text("utf-8", "ignore") for path in paths if path.is_file()}


def owner() -> str:
    """Return the owner that the manifest names."""
    (name,) = owners(json.loads(MANIFEST.read_text("utf-8"))["documentation"])
    return name


def owners(text: str) -> set[str]:
    """Return every owner that a text names."""
    return set(PLACES.findall(text))


def change(text: str, name: str) -> str:
    """Return a text with another owner."""
    return PLACES.sub(name, text)


def _account(name: str) -> str:
    if not NAME.fullmatch(name):
        raise argparse.ArgumentTypeError(f"{name} is not a name of a GitHub account")
    return name


def main() -> None:
    """Write the name into every file."""
    parser = argparse.ArgumentParser(prog="scripts/owner", description=__doc__)
    parser.add_argument("name", type=_account)
    name: str = parser.parse_args().name
    for path, text in texts().items():
        changed = change(text, name)
        if changed != text:
            path.write_text(changed, "utf-8")
            print(path.relative_to(CHECKOUT))


if __name__ == "__main__":
    main()
