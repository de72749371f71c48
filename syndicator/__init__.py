"""syndicator: a newsroom's articles onto its social channels, never twice, never lost."""

__version__ = "0.1.0"
