"""The fully connected layers of a network, from the widths of its hidden layers."""


def layer_shapes(hidden: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return (inputs, outputs) for each fully connected layer, from 784 pixels to ten digits."""
    sizes = (784, *hidden, 10)
    return list(zip(sizes[:-1], sizes[1:], strict=True))


def weight_count(hidden: tuple[int, ...]) -> int:
    """Count the weights of the fully connected layers, without biases."""
    return sum(n * m for n, m in layer_shapes(hidden))
