"""Out again: the clean tables as Parquet in ``published/``, and in a database of one's choice."""
