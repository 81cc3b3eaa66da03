"""`python -m tests.small_chunks …`: the command line with chunks of 20 complaints, so that a small file is many chunks and parts.

`python -m tests.small_chunks --compiled …`: and these go the compiled way."""

from __future__ import annotations

import signal
import sys

from legcause.batch import answers, lines, rows, table
from legcause.cli import main

for module in (lines, rows, table):
    module.ROWS = 20

if "--compiled" in sys.argv[1:2]:
    answers.COMPILED_FROM = 1
    del sys.argv[1]

# Shells start what runs in the background deaf to Ctrl-C; here it must be heard wherever the tests run.
signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    main()
