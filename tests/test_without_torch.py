"""Test that a host without PyTorch shows explainers and stored results, and says what to install for training.

tests/test_package.py tests an environment without PyTorch. Here, only the lookup of the package is made to fail.
"""

import importlib.util
from dataclasses import replace

import pytest

from dropout_core.cli import main as cli
from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.engine import job
from dropout_core.engine.job import NOT_INSTALLED, Refused, obstacle
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.sweep import Sweep
from dropout_core.topics.pitfalls.catalogue import encode
from dropout_core.ui import server
from tests.harness import button, forget_server, open_page, texts

pytestmark = pytest.mark.slow

RECIPE = Recipe(data="mnist-5k", images=500, epochs=1)
SWEEP = Sweep(rates=(0.0, 0.5), widths=(4,), data="mnist-5k", images=100, epochs=1)
ADVICE = "pip install torch torchvision"


@pytest.fixture(autouse=True)
def host(tmp_path, monkeypatch):
    for name in ("STORE", "CACHE_DIR"):
        monkeypatch.setenv(f"DROPOUT_{name}", str(tmp_path / name))
    for name in ("DATA_DIR", "DOWNLOAD"):
        monkeypatch.delenv(f"DROPOUT_{name}", raising=False)

    hide("torch", monkeypatch)
    forget_server()
    yield
    forget_server()


def hide(package: str, monkeypatch) -> None:
    """Make the lookup of packages whose names begin like this fail."""

    def missing(name, *rest):
        return None if name.startswith(package) else importlib.util.find_spec(name, *rest)

    monkeypatch.setattr(job, "find_spec", missing)
    monkeypatch.setattr(mnist, "find_spec", missing)


@pytest.mark.parametrize("package", ["torch", "scipy", "cryptography"])
def test_each_package_that_training_needs_is_named(package, monkeypatch):
    hide(package, monkeypatch)
    assert package in str(obstacle(Settings.from_env({})))


def test_nothing_is_trained_and_no_workers_are_started():
    engine = server.engine()
    engine.warm().result(timeout=10)
    assert engine.cluster.client is engine.cluster.own is None
    with pytest.raises(Refused, match=ADVICE):
        engine.submit(RECIPE)
    with pytest.raises(Refused, match=ADVICE):
        server.sweeps().start(SWEEP, "me")


def test_a_given_cluster_trains_with_its_own_pytorch():
    settings = Settings.from_env({})
    assert obstacle(settings) == NOT_INSTALLED
    assert obstacle(replace(settings, scheduler="tls://elsewhere:8786")) is None


def test_no_download_is_tried_without_torchvision():
    source = mnist.locate(server.settings(), download=True)
    assert source.data == "mnist-5k"
    assert "torchvision" in source.problems[-1]


def test_the_training_page_says_what_to_install():
    app = open_page("training", data="mnist-5k")
    assert ADVICE in texts(app, "info")
    button(app, "Start training").click().run()
    assert not app.exception
    assert ADVICE in texts(app, "warning")


def test_the_pitfalls_page_says_what_to_install():
    app = open_page("pitfalls", lab="train", picks=encode({"train": "A"}))
    assert ADVICE in texts(app, "info")
    assert not [each for each in app.button if each.label == "Start"]


@pytest.mark.parametrize("arguments", [["train", "--data", "mnist-5k"], ["reference", "ensemble"]])
def test_the_command_line_says_it_in_one_line(arguments, capsys, monkeypatch):
    monkeypatch.setattr(
        "dropout_core.cli.reference.find_images", lambda *_, **__: replace(mnist.subset(), data="mnist")
    )
    assert cli.main(arguments) == 1
    error = capsys.readouterr().err.splitlines()
    assert ADVICE in error[-1]
