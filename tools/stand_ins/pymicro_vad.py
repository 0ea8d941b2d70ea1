"""What Home Assistant imports of pymicro-vad, which detects speech."""


class MicroVad:
    """Takes part in no conversation."""
