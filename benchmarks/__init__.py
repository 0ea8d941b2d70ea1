"""Measures what a poll costs, next to what people would use instead.

`scripts/benchmark` runs it, `docs/performance.md` is what it writes.
"""
