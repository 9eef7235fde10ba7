"""Shows training and document while they grow: one local page, made from the files of a store."""
