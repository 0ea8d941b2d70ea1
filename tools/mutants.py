"""Remove or change one guard at a time, and check that a test fails without it.

`python -m tools.mutants` runs the mutants of `tools/mutants.toml`. Each is applied to a copy of the
checkout, never to the checkout itself. A mutant whose tests pass is printed as a survivor: either
delete the guard, because nothing proves that it is needed, or write the missing test.
"""

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
import shutil
import subprocess
import sys
from tempfile import TemporaryDirectory
from time import monotonic
import tomllib
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = Path("custom_components/belfabriek")
NOT_COPIED: Final = (".*", "__pycache__", "node_modules", "dist")
PASSED, FAILED = 0, 1
"""Exit codes of pytest. With any other one, the tests did not run."""
TIMEOUT: Final = 300
"""Seconds after which the tests of a mutant count as failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change that at least one of its tests must notice."""

    guard: str
    """What the changed code protects."""
    file: str
    """Path in the package."""
    old: str
    new: str
    tests: str
    """Arguments of pytest, separated by spaces."""

    def apply(self, text: str) -> str:
        """Return the source with the change. Raises `ValueError` if the place is not unique."""
        if (found := text.count(self.old)) != 1:
            raise ValueError(f"{self.guard}: {found} places in {self.file} have its old text")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the tests said of a mutant."""

    mutant: Mutant
    code: int
    seconds: float


def read(path: Path) -> list[Mutant]:
    """Return the mutants of a list. Raises `ValueError` if one does not fit the source."""
    mutants = [Mutant(**each) for each in tomllib.loads(path.read_text("utf-8"))["mutant"]]
    for each in mutants:
        each.apply((CHECKOUT / PACKAGE / each.file).read_text("utf-8"))
    return mutants


def run_tests(checkout: Path, tests: Sequence[str]) -> int:
    """Run tests in a copy, and return the exit code of pytest."""
    arguments = ("-m", "pytest", "-x", "-q", "--no-cov", "-p", "no:cacheprovider", *tests)
    try:
        return subprocess.run(  # noqa: S603 - our own tests
            [sys.executable, "-B", *arguments],
            cwd=checkout,
            timeout=TIMEOUT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return FAILED


def try_mutant(checkout: Path, mutant: Mutant) -> Outcome:
    """Apply a mutant to a copy, run its tests, and undo it."""
    source = checkout / PACKAGE / mutant.file
    original = source.read_text("utf-8")
    started = monotonic()
    source.write_text(mutant.apply(original), "utf-8")
    try:
        code = run_tests(checkout, mutant.tests.split())
    finally:
        source.write_text(original, "utf-8")
    return Outcome(mutant, code, monotonic() - started)


def try_all(mutants: Sequence[Mutant], copies: Sequence[Path]) -> Iterator[Outcome]:
    """Try mutants, as many at a time as there are copies."""
    free: SimpleQueue[Path] = SimpleQueue()
    for each in copies:
        free.put(each)

    def try_one(mutant: Mutant) -> Outcome:
        checkout = free.get()
        try:
            return try_mutant(checkout, mutant)
        finally:
            free.put(checkout)

    with ThreadPoolExecutor(len(copies)) as executor:
        yield from executor.map(try_one, mutants)


def main() -> None:
    """Print what the tests say of each mutant; exit with 1 if one survives."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time (default: 2)")
    parser.add_argument("--only", default="", help="only those with this text in file or guard")
    parser.add_argument("--list", type=Path, default=Path(__file__).with_suffix(".toml"))
    options = parser.parse_args()
    mutants = [each for each in read(options.list) if options.only in f"{each.file} {each.guard}"]
    started = monotonic()
    with TemporaryDirectory() as folder:
        copies = [Path(folder) / str(number) for number in range(options.jobs)]
        for each in copies:
            shutil.copytree(CHECKOUT, each, ignore=shutil.ignore_patterns(*NOT_COPIED))
        # A test that always fails would kill every mutant.
        if run_tests(copies[0], sorted({test for each in mutants for test in each.tests.split()})):
            sys.exit("the tests fail without any mutant")
        survivors: list[str] = []
        for outcome in try_all(mutants, copies):
            code = outcome.code
            verdict = {PASSED: "SURVIVED", FAILED: "dead"}.get(code, f"ERROR {code}")
            name = f"{outcome.mutant.file}: {outcome.mutant.guard}"
            print(f"{verdict:8} {outcome.seconds:5.1f} s  {name}", flush=True)
            survivors += [name] if code != FAILED else []
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} dead, {monotonic() - started:.0f} s")
    if survivors:
        sys.exit("\n".join(["Not dead:", *survivors]))


if __name__ == "__main__":
    main()
