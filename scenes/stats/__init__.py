"""Numbers from records: metrics, tests, power."""
