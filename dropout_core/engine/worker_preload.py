"""Imported once by the process that workers are forked from, so that what they all need is in memory once."""

from importlib import import_module

from dropout_core.common.process import freeze

NEEDED = ("distributed.nanny", "distributed.worker", "dropout_core.training.trainer", "dropout_core.engine.worker")

for name in NEEDED:
    import_module(name)

freeze()  # a round of the collector would write to every object, and so copy what the workers share
