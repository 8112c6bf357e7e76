"""How fast is wfkit beside its peers? `python -m tests.benchmarks --help`."""
