"""Other regularisers, alone and with dropout."""

from dropout_core.ui.page import TRAIN, Page

PAGE = Page("regularisers", 70, "Regularisers", "tune", "L2, augmentation, early stopping.", TRAIN)
