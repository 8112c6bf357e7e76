"""What makes a run happen: clocks, executors, stores and the runner."""
