"""Values and rules of wfkit: pure, without time, threads, files or chance."""
