"""Is everything well that lessons and runs need? `wfkit doctor`."""
