"""Training with and without dropout."""

from dropout_core.ui.page import TRAIN, Page

PAGE = Page("training", 50, "Train on MNIST", "model_training", "With and without dropout, live.", TRAIN)
