"""What an author may write: template tags, markdown, formulas, citations, cross-references."""
