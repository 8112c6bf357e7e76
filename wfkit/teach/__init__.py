"""Lessons and exercises: predictions, checks, hints, verdicts."""
