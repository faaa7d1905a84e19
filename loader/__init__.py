"""How data gets in: sources are read, normalised, written to the graph, and edges derived from them."""
