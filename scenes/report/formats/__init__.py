"""A document in more formats than PDF and HTML: its filled HTML in, docx, LaTeX, Markdown out."""
