"""Coverage-guided fuzzing of what reads the server's answers, with atheris.

    python -m reliability.fuzz [--seconds 600] [--corpus FOLDER]

Every input must come to a value or to one of the exceptions of `custom_components.belfabriek.api`;
anything else ends the run, with the input in a file whose name it tells. The corpus starts with the
answers of the simulator's whole catalogue and grows; give the same folder again to go on from
there. The figures go into docs/reliability.md.

atheris is no requirement of the tests. Install it beside them, for the same Python, and show the
way to it:

    pip install --target FOLDER --python-version 3.14 --only-binary :all: atheris
    PYTHONPATH=FOLDER nice .venv/bin/python -m reliability.fuzz
"""

import argparse
from collections.abc import Sequence
import hashlib
from pathlib import Path
import re
import subprocess
import sys
from tempfile import gettempdir
from typing import Final

from .answers import catalogue_answers
from .document import renew
from .figures import FuzzFigures

_MAX_LENGTH: Final = 4096
"""Bytes of an input: longer ones find nothing new, only later. Seeds are cut to it."""
_STATISTICS: Final = re.compile(r"^#(?P<executions>\d+)\s+(?P<event>\w+)\s+cov: (?P<coverage>\d+)")
_TOKENS: Final = (
    *("methodResponse", "params", "param", "value", "struct", "member", "name", "fault"),
    *("string", "i4", "int", "boolean", "nil", "available", "Available", "availReason"),
    *("faultCode", "faultString", "status", "endpoint"),
)


def main(arguments: Sequence[str]) -> int:
    """Fuzz for a while, and note the figures if nothing was found; return the exit status."""
    description, _, epilog = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m reliability.fuzz",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=int, default=600, help="how long (default: 600)")
    parser.add_argument(
        "--corpus",
        type=Path,
        default=Path(gettempdir(), "belfabriek-corpus"),
        help="where the inputs are kept (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    corpus: Path = options.corpus
    seeds = write_corpus(corpus)
    dictionary = corpus.with_suffix(".dict")
    dictionary.write_text(
        "".join(f'"<{each}>"\n"</{each}>"\n"{each}"\n' for each in _TOKENS), encoding="ascii"
    )
    command = [
        *(sys.executable, "-m", "reliability.fuzz_target", str(corpus), f"-dict={dictionary}"),
        *(f"-max_total_time={options.seconds}", f"-max_len={_MAX_LENGTH}"),
        f"-artifact_prefix={corpus}-found-",
    ]
    figures = FuzzFigures(seconds=options.seconds, seeds=seeds)
    # The command is made here of our own words; libFuzzer tells its figures nowhere else.
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:  # noqa: S603
        for line in child.stderr or ():
            if found := _STATISTICS.match(line):
                figures.executions = int(found["executions"])
                figures.coverage = int(found["coverage"])
            if found is None or found["event"] in {"pulse", "DONE"}:
                sys.stderr.write(line)
    if child.returncode == 0:
        renew(fuzz=figures)
    return child.returncode


def write_corpus(folder: Path) -> int:
    """Write the catalogue's answers into a folder, one a file; return how many differ."""
    folder.mkdir(parents=True, exist_ok=True)
    bodies = {answer.body[:_MAX_LENGTH] for answer in catalogue_answers()}
    for body in bodies:
        (folder / hashlib.sha256(body).hexdigest()).write_bytes(body)
    return len(bodies)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
