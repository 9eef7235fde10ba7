"""Which definitions code can reach, read from its text and never run."""
