"""Escalation: which principal can become which other, step by step, decided by the evaluator."""
