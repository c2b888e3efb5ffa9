"""The `presente` command: thin, typed, in the person's language.

Exit codes: 0 done · 2 the person can mend it (the message says how) · 3 refused by the gate, every
reason listed · 4 verification failed · 130 stopped by Ctrl-C.
"""

from portrait.cli.app import main

__all__ = ["main"]
