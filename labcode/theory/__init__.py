"""Closed forms: what theory predicts, without training anything. NumPy and SciPy only."""
