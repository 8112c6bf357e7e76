"""What of this folder is no test: what runs in the environments of the engines."""

collect_ignore_glob = ["in_*.py"]
