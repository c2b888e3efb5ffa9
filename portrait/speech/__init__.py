"""Voices: one protocol, one file a voice; text in, timed narration and lips out."""
