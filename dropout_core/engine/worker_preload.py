"""Imports the libraries that workers share, in the process from which workers are forked and in each worker."""

import sys
from importlib import import_module

from dropout_core.common.process import freeze

for name in ("distributed.nanny", "distributed.worker", "dropout_core.training.trainer", "dropout_core.engine.worker"):
    import_module(name)

freeze()  # otherwise, garbage collection would write to every object and so copy the shared memory


def dask_setup(worker: object) -> None:
    """Remove the worker's scratch folder from the import path. Called by Dask when a worker starts."""
    sys.path[:] = [path for path in sys.path if path != getattr(worker, "local_directory", None)]
