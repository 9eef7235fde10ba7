"""What a document carries so that anybody can check it, and what checks it."""
