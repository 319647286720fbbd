"""Numbers that others published, to be drawn beside our own and always named as theirs."""

ARTICLE = "“Sometimes It's Okay to Forget Stuff (Understanding Dropout in Neural Networks)”"
# One run each on unnamed hardware, dropout rate 0.5, 60,000 images.
ARTICLE_EPOCH_LOSS = {
    "no dropout": (0.3414, 0.1550, 0.1131, 0.0897, 0.0770),
    "dropout": (0.6038, 0.3622, 0.3123, 0.2938, 0.2728),
}
ARTICLE_ACCURACY = {
    "no dropout": (95.10, 95.00, 96.63, 96.22, 97.25),
    "dropout": (93.08, 94.32, 94.91, 95.39, 95.80),
}
ARTICLE_SECONDS = {"no dropout": 59.99, "dropout": 59.06}
# Srivastava et al. 2014, Table 10: test error in % on MNIST and what follows its ±; 60,000 images, wide nets.
NOISE_ERRORS = {"dropout": (1.08, 0.04), "Gaussian": (0.95, 0.04)}
