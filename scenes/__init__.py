"""Write lab reports on picture classifiers in which every number comes from the results."""

__version__ = "0.1.0"
