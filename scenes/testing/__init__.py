"""What is held of every component, built in or a user's own: checks, and the pytest plugin."""
