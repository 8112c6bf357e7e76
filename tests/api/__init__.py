"""Tests of wfkit/api."""
