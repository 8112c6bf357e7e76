"""The notebook floor: magics, cells, live views."""
