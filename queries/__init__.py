"""How the graph is asked: a library of Cypher queries, and questions that the evaluator decides."""
