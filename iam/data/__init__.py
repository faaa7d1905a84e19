"""Data that ships with the product, and the scripts that build it."""
