"""The kinds of components; the command line names them before it loads anything else."""

KINDS = (
    "models",
    "augmentations",
    "schedules",
    "optimizers",
    "metrics",
    "figures",
    "claims",
    "loaders",
)
"""The mappings of a registry from names to entries."""
