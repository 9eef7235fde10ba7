"""The commands beside the report itself: what they share, show and do, for `scenes.cli.main`."""
