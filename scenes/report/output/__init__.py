"""A filled template in, the files that are handed out: PDF and self-contained HTML."""
