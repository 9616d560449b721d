"""Databases that the published tables are copied to, one file a kind."""
