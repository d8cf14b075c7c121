"""Functions of trained runs and of images."""
