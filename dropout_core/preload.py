"""What the process holds that workers are forked from: importing this imports all that they need, beforehand."""

import gc

import distributed.nanny
import distributed.worker
import torch

from . import trainer, work

__all__ = ["distributed", "torch", "trainer", "work"]

gc.collect()
gc.freeze()  # a round of the collector would write to every object, and so copy what the workers share
