"""What Home Assistant imports of pyspeex-noise, which suppresses noise."""


class AudioProcessor:
    """Takes part in no conversation."""
