"""Check a report before anything is trained."""
