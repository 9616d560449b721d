"""Databases: read in one consistent state, in bounded memory, by statements we build ourselves."""
