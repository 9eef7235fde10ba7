"""From studies to runs: which there are, which are missing, what they cost."""
