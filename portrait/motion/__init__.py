"""Motion: a reference video or template becomes a track; an engine makes the photograph follow it."""
