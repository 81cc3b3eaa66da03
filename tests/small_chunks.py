"""`python -m tests.small_chunks …`: the command line with chunks of 20 complaints, so that a small file is many chunks and parts."""

from __future__ import annotations

import signal

from legcause.batch import lines, rows, table
from legcause.cli import main

for module in (lines, rows, table):
    module.ROWS = 20

# Shells start what runs in the background deaf to Ctrl-C; here it must be heard wherever the tests run.
signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    main()
