"""Tests of wfkit/notebook."""
