"""Published results, plotted next to ours and always attributed to their authors."""

ARTICLE = "“Sometimes It's Okay to Forget Stuff (Understanding Dropout in Neural Networks)”"
# The article trained each network once, on unspecified hardware, with dropout rate 0.5 and 60,000 images.
ARTICLE_EPOCH_LOSS = {
    "no dropout": (0.3414, 0.1550, 0.1131, 0.0897, 0.0770),
    "dropout": (0.6038, 0.3622, 0.3123, 0.2938, 0.2728),
}
ARTICLE_ACCURACY = {
    "no dropout": (95.10, 95.00, 96.63, 96.22, 97.25),
    "dropout": (93.08, 94.32, 94.91, 95.39, 95.80),
}

SRIVASTAVA = "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, JMLR 15"
# Values from the paper's figures and tables for MNIST. Errors are percentages of the test images. The paper's p
# is P(KEEP); here it is called "keep".
FIGURE_4_LAYERS, FIGURE_4_UNITS = (2, 4), (1_024, 2_048)  # smallest and largest
FIGURE_4_UPDATES = 1_000_000
FIGURE_8_UNITS = 256
FIGURE_8_MEANS = {"no dropout": 2.0, "dropout": 0.7}  # approximate mean activation
FIGURE_9A_HIDDEN = (2_048, 2_048, 2_048)
FIGURE_9A_FLAT = (0.4, 0.8)  # keep
FIGURE_9B_BEST = 0.6  # keep, approximate
FIGURE_9B_KEPT = (256, 256, 512)  # keep × width for each layer
FIGURE_10_HIDDEN = (1_024, 1_024, 2_048)
FIGURE_10_IMAGES = (100, 500, 1_000, 5_000, 10_000, 50_000)
FIGURE_10_NO_GAIN = (100, 500)  # training images
FIGURE_10_LARGEST_GAIN = 10_000  # training images, approximate
FIGURE_11_EVEN = 50  # approximate number of sampled nets whose average matches the scaled pass
TABLE_2 = (  # without augmentation or unsupervised pre-training; all rows but the first use dropout
    ("standard net, 2 × 800", 1.60),
    ("logistic, 3 × 1024", 1.35),
    ("ReLU, 3 × 1024", 1.25),
    ("max-norm, 3 × 1024", 1.06),
    ("max-norm, 3 × 2048", 1.04),
    ("max-norm, 2 × 4096", 1.01),
    ("max-norm, 2 × 8192", 0.95),
    ("max-norm, maxout, 2 × (5 × 240)", 0.94),
)
TABLE_9_HIDDEN = (1_024, 1_024, 2_048)
TABLE_9 = (  # regulariser, net, error
    ("L2", "no dropout", 1.62),
    ("L2 + L1", "no dropout", 1.60),
    ("L2 + KL sparsity", "no dropout", 1.55),
    ("max-norm", "no dropout", 1.35),
    ("L2", "dropout", 1.25),
    ("max-norm", "dropout", 1.05),
)
TABLE_10_HIDDEN = (1_024, 1_024)
NOISE_ERRORS = {"dropout": (1.08, 0.04), "Gaussian": (0.95, 0.04)}  # Table 10: error and its ±
# How the paper trained its MNIST nets, from Appendix B.1
MAX_NORM = 2.0
