"""Names of PyTorch, and of variables, by which rules recognise what they look for."""

import re

F = "torch.nn.functional."
NN = "torch.nn."


def _named(prefix: str, names: str) -> frozenset[str]:
    return frozenset(f"{prefix}{name}" for name in names.split())


# alpha_dropout is missing because its `training` is False by default.
DROPOUT_FUNCTIONS = _named(F, "dropout dropout1d dropout2d dropout3d")
DROPOUT_LAYERS = _named(NN, "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout")
DROPOUT = DROPOUT_FUNCTIONS | DROPOUT_LAYERS | _named(F, "alpha_dropout feature_alpha_dropout") | {"torch.dropout"}
ATTENTION = _named(F, "scaled_dot_product_attention")
RECURRENT = _named(NN, "LSTM GRU RNN")
BATCH_NORM = _named(NN, "BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d SyncBatchNorm") | {
    f"{F}batch_norm"
}
LINEAR = _named(NN, "Linear LazyLinear")
LINEAR_OR_CONV = LINEAR | _named(NN, "Conv1d Conv2d Conv3d")
SQUASHING = _named(NN, "Sigmoid") | {f"{F}sigmoid", "torch.sigmoid", "torch.special.expit", ".sigmoid"}
PROBABILITIES = SQUASHING | _named(NN, "Softmax LogSoftmax")
SPREAD = frozenset({".std", ".var", "torch.std", "torch.var", "torch.std_mean", "torch.var_mean"})
RANDOM = frozenset({"torch.rand", "torch.rand_like", "torch.randn", "torch.randn_like", "torch.bernoulli"})
DRAWS = RANDOM | {".bernoulli_", ".bernoulli", ".uniform_"}
NO_GRADIENTS = frozenset({"torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad"})
# What dropout's noise passes through unchanged, or one unit at a time.
ELEMENTWISE = _named(NN, "ReLU ReLU6 LeakyReLU PReLU ELU SELU CELU GELU SiLU Mish Hardswish Identity Flatten") | (
    _named(F, "relu relu_ relu6 leaky_relu prelu elu selu gelu silu mish hardswish")
    | {"torch.relu", "torch.flatten", ".relu", ".relu_", ".view", ".reshape", ".flatten", ".contiguous"}
    | {".transpose", ".permute", ".squeeze", ".unsqueeze"}
)

# How variables are called that hold a network. A teacher is often kept in training mode on purpose.
MODEL = re.compile(r"(?:\w+_)?(?:net|model|network|classifier)_?\d?")
NO_MODEL = re.compile(
    r"^(teacher|target|ema|momentum|reference|ref|load|build|create|get|make|new|init|wrap|save|export|convert|test|run)"
    r"(?=_)"
)
CLASSES = re.compile(r"(^|_)(num|n)_?(classes|labels|outputs|targets)$|^vocab(ulary)?_size$|^classes$")
HEAD = re.compile(r"(^|_)(classifier|head|logits|output_layer)$")
KEEP = re.compile(r"(^|_)(keep|kept|retain)(_|$|p(rob)?)", re.IGNORECASE)


def is_model(name: str) -> bool:
    return bool(MODEL.fullmatch(name)) and not NO_MODEL.search(name)
