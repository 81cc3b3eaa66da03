"""`python -m tests.small_chunks …`: the command line with chunks of 20 complaints, so that a small file is many chunks and parts."""

from __future__ import annotations

from legcause.batch import lines, rows, table
from legcause.cli import main

for module in (lines, rows, table):
    module.ROWS = 20

if __name__ == "__main__":
    main()
