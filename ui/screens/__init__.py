"""The pages, one a file; each has a `show`."""
