"""Submissions of a class against an assignment: sheets with what is met, what a person judges."""
