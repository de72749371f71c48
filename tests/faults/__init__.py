"""Bad input and faults: disks, files, clocks, limits. Each ends in a clear state with a reason, and nothing is lost.

The faults are real wherever they can be had without privileges: SQLite's own I/O calls fail (``vfs``), a small disk is
full, another process holds the lock, pages are damaged, files go away under a live daemon.
"""
