"""The words, numbers and dates of a language."""
