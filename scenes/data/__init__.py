"""What is looked at: pictures in folders, checked, split and kept as arrays."""
