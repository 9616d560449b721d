"""Messages that others send: kept before they are acknowledged, loaded in small batches."""
