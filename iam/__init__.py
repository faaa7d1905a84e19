"""What AWS means: ARNs, policies, the action catalogue, conditions and the evaluator. No files, network or database."""
