"""The archive and its guard: cases, verified facts, families' consent, and the log that proves it.

A leaf: imports neither `portrait`, `ui`, `watermark` nor torch.
"""
