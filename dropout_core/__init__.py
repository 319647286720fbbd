"""The code used by the pages: the numerics of dropout, training on MNIST, the job engine and the store."""

__version__ = "0.2.0"
