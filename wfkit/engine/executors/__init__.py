"""Where attempts run: one file for each executor, one contract for all."""
