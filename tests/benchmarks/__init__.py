"""What it costs: each module is a program, `python -m tests.benchmarks.NAME`."""
