"""The training half: the only package that knows TensorFlow, imported by worker processes."""
