"""Composition: layout with captions, and the one encode."""
