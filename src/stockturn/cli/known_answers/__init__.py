"""Known-answer cases: published figures run through the product's own functions."""
