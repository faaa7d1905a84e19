"""Which rules a graph's derived relationships were made by."""

DERIVATION = 9
"""Raised whenever a load would derive other relationships (CAN_ASSUME, CAN_ESCALATE, who is an administrator)
from the same export than before. What older rules derived stays in a graph until its accounts are loaded again.
"""
