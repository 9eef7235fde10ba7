"""The writing half: facts, words and figures become HTML, then PDF. It never imports TensorFlow."""
