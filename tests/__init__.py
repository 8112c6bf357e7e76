"""The tests of wfkit; `python3 -m tests` runs those that need no browser and no stopwatch."""

# A fresh store for every kernel, and settled pictures only: what lessons are compared under.
SETTINGS = {"WFKIT_HOME": "temporary", "WFKIT_LIVE": "0"}
