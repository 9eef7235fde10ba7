"""What runs will take on this machine, before they start: time and memory."""
