"""Everything behind the pages: dropout's numerics, the MNIST comparison, its jobs and its store."""

__version__ = "0.2.0"
