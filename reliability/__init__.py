"""Proof that the integration is never wrong and never down: faults, a soak, and fuzzing.

`scripts/faults` and `scripts/soak` are the commands, `docs/reliability.md` is what they write.
Every part is real: Home Assistant's core, and the simulator in a process of its own.
"""
