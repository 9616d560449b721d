"""Feeds: what of a source is read, what of it is new, and the run that loads it."""
