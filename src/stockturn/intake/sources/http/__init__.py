"""Sources that are asked over HTTP: a declarative REST form, and presets for known systems."""
