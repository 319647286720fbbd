"""What the process holds that workers are forked from: importing this imports all that they need, beforehand."""

import distributed.nanny
import distributed.worker
import torch

from dropout_core.common.threads import freeze
from dropout_core.training import trainer

__all__ = ["distributed", "torch", "trainer", "worker"]

freeze()  # a round of the collector would write to every object, and so copy what the workers share
