"""What the process holds that workers are forked from: importing this imports all that they need, beforehand."""

import distributed.nanny
import distributed.worker
import torch

from . import trainer, work
from .background import freeze

__all__ = ["distributed", "torch", "trainer", "work"]

freeze()  # a round of the collector would write to every object, and so copy what the workers share
