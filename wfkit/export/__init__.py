"""Exporting: a graph becomes a neutral plan, the plan a file for another engine."""
