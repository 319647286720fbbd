"""Test the command that trains the nets at the paper's scale, with small nets: order, resumption, records, locks."""

import json

import pytest
import torch

from dropout_core.cli import main as command
from dropout_core.common import process
from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments import paper_scale as scale
from dropout_core.experiments.paper_scale import BOUNDED, DROPPED, NAME, NETS, PLAIN, SEEDS, SMALL, Piece
from dropout_core.reference import paper_scale
from dropout_core.topics.papers import scale_pilot_study, scale_study
from dropout_core.training import trainer
from tests.small_paper import make_small


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Set up small nets, and folders for their records and checkpoints."""
    make_small(monkeypatch, tmp_path)
    monkeypatch.setenv("DROPOUT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(scale_study, "load", lambda *_: mnist.load("mnist-5k", Settings.from_env({})))
    monkeypatch.setattr(process, "lower_priority", lambda: None)
    monkeypatch.setattr(scale_study, "prepare", lambda device: None)
    return tmp_path


def test_table_2_comes_first_and_every_four_runs_are_a_comparison():
    order = [(piece.name, piece.label, seed) for piece, seed in scale.all_runs()]
    assert order[:20] == [(scale.NAME, label, seed) for seed in SEEDS for label in NETS]
    assert [name for name, *_ in order[20:]] == ["paper-table-10"] * 20 + ["paper-figure-9a"] * 45 + [
        "paper-figure-9b"
    ] * 45
    assert len(set(order)) == len(order)


def test_the_recipes_are_the_papers():
    recipes = dict(scale.PAPER_SCALE.trials)
    assert list(recipes) == [SMALL, DROPPED, BOUNDED, PLAIN]
    for recipe in recipes.values():
        assert (recipe.images, recipe.batch, recipe.momentum, recipe.annealing) == (60_000, 100, 0.95, True)
        assert 1e5 <= recipe.epochs * recipe.steps_per_epoch < 1.01e5
    assert {recipes[label].hidden for label in (PLAIN, DROPPED, BOUNDED)} == {(1024, 1024, 1024)}
    assert recipes[SMALL].hidden == (800, 800)
    assert [recipes[label].runs()[0].rate for label in NETS] == [0, 0.5, 0.5, 0]
    assert [recipes[label].runs()[0].input_rate for label in NETS] == [0, 0.2, 0.2, 0]
    assert [recipes[label].max_norm for label in NETS] == [0, 0, 2, 0]


def test_the_others_are_as_near_as_a_day_allows():
    ten = {trial.label: trial.recipe for trial in scale.EXPERIMENTS["paper-table-10"].trials}
    assert [ten[label].noise for label in ("dropout", "Gaussian")] == ["bernoulli", "gaussian"]
    assert {(r.hidden, r.noise_at, len(r.seeds), r.epochs) for r in ten.values()} == {
        ((1024,) * 2, "after ReLU", 10, 167)
    }
    for name in ("paper-figure-9a", "paper-figure-9b"):
        for label, recipe in scale.EXPERIMENTS[name].trials:
            keep = float(label.removeprefix("keep "))
            assert recipe.rate == pytest.approx(min(1 - keep, 0.95))
            units = recipe.hidden[0] if name.endswith("a") else recipe.hidden[0] * keep
            assert units == pytest.approx(1024 if name.endswith("a") else 256, rel=0.01)


def test_all_runs_are_trained_once_and_written_with_their_provenance(small, capsys):
    assert scale_study.main() == 0
    said = capsys.readouterr().err
    assert "24 runs of 24 are missing: about" in said
    assert f"paper-scale, {BOUNDED}, seed 104: epoch 2 of 2," in said
    written = sorted(path.stem for path in small.glob("paper-*.json"))
    others = [f"paper-table-10-{label}-{seed}" for label in ("dropout", "Gaussian") for seed in SEEDS[:2]]
    assert written == sorted([*others, *(Piece(NAME, label).file(seed) for label in NETS for seed in SEEDS)])
    assert {trial.recipe.noise for trial in paper_scale.load_any("paper-table-10").trials.values()} == {
        "bernoulli",
        "gaussian",
    }
    assert not list((small / "cache" / scale.NAME).glob("*.safetensors"))
    told = json.loads((small / f"{Piece(NAME, DROPPED).file(100)}.json").read_text())
    assert told["provenance"]["device"] == "cpu"
    assert {"torch", "commit", "hardware", "data_checksum", "threads", "noise"} <= set(told["provenance"])
    before = {path: path.stat().st_mtime_ns for path in small.glob("*.json")}
    assert scale_study.main() == 0
    assert "all runs are recorded" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in small.glob("*.json")} == before


def test_a_run_stopped_by_the_clock_is_resumed_and_a_finished_one_stays(small, capsys, monkeypatch):
    ticks = iter(range(10_000))
    monkeypatch.setattr(scale_study, "now", lambda: next(ticks))
    assert scale_study.main(minutes=1.4) == 0, "84 steps: two runs, one epoch of the third, and four more steps"
    assert "the 1.4 minutes are over" in capsys.readouterr().err
    assert paper_scale.finished() == (Piece(NAME, SMALL).file(100), Piece(NAME, DROPPED).file(100))
    assert [path.stem for path in (small / "cache" / scale.NAME).glob("*.safetensors")] == [
        Piece(NAME, BOUNDED).file(100)
    ]
    trained, train = [], trainer.train
    monkeypatch.setattr(
        trainer, "train", lambda recipe, *args, **more: trained.append(recipe) or train(recipe, *args, **more)
    )
    assert scale_study.main() == 0
    assert len(trained) == 22
    assert trained[0] == scale.net(BOUNDED, (100,))


def test_what_another_process_trains_is_left_to_it(small):
    folder = small / "cache" / scale.NAME
    folder.mkdir(parents=True)
    with scale_study.claimed(folder / f"{Piece(NAME, PLAIN).file(100)}.lock") as mine:
        assert mine
        assert scale_study.main() == 0
        assert scale_study.missing() == [(Piece(scale.NAME, PLAIN), 100)]
    assert scale_study.main() == 0
    assert not scale_study.missing()


def test_a_gpu_trains_all_seeds_of_a_net_side_by_side(small):
    groups = [(Piece(scale.NAME, label), SEEDS) for label in NETS]
    groups += [(Piece("paper-table-10", label), SEEDS[:2]) for label in ("dropout", "Gaussian")]
    assert scale_study.waiting("cuda") == groups
    data = trainer.to_tensors(mnist.load("mnist-5k", Settings.from_env({})), 320, "cpu")
    digits = mnist.load("mnist-5k", Settings.from_env({}))
    scale_study.train_runs(Piece(scale.NAME, DROPPED), SEEDS, data, digits, "cpu", small, None)
    assert scale_study.waiting("cuda") == [
        group for group in groups if group[0].label != DROPPED or group[0].name != scale.NAME
    ]
    record = paper_scale.load(paper_scale.finished())
    assert record.trials[DROPPED].recipe.seeds == SEEDS
    assert record.trials[DROPPED].provenance["trained_together"] == "5"


def test_without_a_gpu_the_command_says_so_in_one_line(small, capsys, monkeypatch):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    monkeypatch.setenv("DROPOUT_STORE", str(small / "store"))
    source = mnist.Source("mnist", small, "all")
    monkeypatch.setattr("dropout_core.cli.reference.find_images", lambda *_, **__: source)
    assert command.main(["reference", "paper-scale", "--device", "cuda", "--minutes", "1"]) == 1
    assert "error: this machine has no device 'cuda'" in capsys.readouterr().err


def test_the_pilot_uses_training_images_alone(small, monkeypatch):
    digits = mnist.load("mnist-5k", Settings.from_env({}))
    split = scale_pilot_study.held_out(digits, 1_000)
    assert (split.train_images == digits.train_images[:3_000]).all()
    assert (split.validation_images == digits.train_images[3_000:]).all()
    assert (split.validation_labels == digits.train_labels[3_000:]).all()
    recipe = scale.net(PLAIN, (0,))
    row = scale_pilot_study.measure(recipe, split)
    assert row["updates"] == 32
    assert 0 < row["error"] < 95


def test_a_candidate_that_diverges_has_no_error(small, monkeypatch):
    def diverge(*_):
        raise FloatingPointError("the loss became nan")

    monkeypatch.setattr(trainer, "train", diverge)
    row = scale_pilot_study.measure(scale.net(PLAIN, (0,)), mnist.load("mnist-5k", Settings.from_env({})))
    assert (row["error"], row["failed"]) == (None, "the loss became nan")
