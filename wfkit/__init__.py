"""wfkit: learn data workflows by running them, in a notebook."""

__version__ = "0.1.0"
