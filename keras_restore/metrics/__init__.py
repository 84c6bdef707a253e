"""Metrics, and the protocols that say what a number means."""
