"""Speed, measured: `python -m benchmarks` prints a table of medians beside the goals."""
