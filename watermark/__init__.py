"""The seal: visible label, invisible watermark, C2PA credentials, and the verdict anyone can ask for.

A leaf: imports neither `portrait`, `ui`, `consent` nor torch.
"""
