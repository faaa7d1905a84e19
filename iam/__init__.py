"""What AWS means: ARNs, policies, the catalogue of actions, the evaluator. No network, no database."""
