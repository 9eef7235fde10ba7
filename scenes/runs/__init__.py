"""What a run is, what is recorded of it, and where."""
