"""The proof of the engine: thousands of random failure histories, each made from one integer."""
