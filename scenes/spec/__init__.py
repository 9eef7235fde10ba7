"""What a report may say: its keys, their types and ranges, and what every name in it stands for."""
