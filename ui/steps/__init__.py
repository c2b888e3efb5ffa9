"""The steps of a case, one question a screen; each has a `show` that takes the case as read."""
