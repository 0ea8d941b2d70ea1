"""`python -m benchmarks`, see `scripts/benchmark`."""

import sys

from .cli import main

# The processes that are started import this module again.
if __name__ == "__main__":
    sys.exit(main())
