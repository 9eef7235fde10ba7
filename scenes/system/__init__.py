"""The machine and its files: nothing here knows what a report is."""
