"""Sources against real servers on loopback and the shared corpus."""
