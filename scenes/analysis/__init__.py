"""From records to conclusions: scores, statistics, facts and claims; NumPy and SciPy only."""
