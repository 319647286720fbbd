"""Test which GPUs are found, and which device each worker gets. A script stands in for nvidia-smi."""

import os

import pytest

from dropout_core.common.settings import Settings
from dropout_core.engine import devices
from dropout_core.engine.devices import CPU, GPU, Place
from tests.fake_gpus import GPUS, fake_gpus

FULL = "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-0a)\nGPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-0b)\n"
SLICED = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-0a)
  MIG 3g.20gb     Device  0: (UUID: MIG-1a)
  MIG 1g.5gb      Device  1: (UUID: MIG-1b)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-0b)
GPU 2: NVIDIA A100-SXM4-40GB (UUID: GPU-0c)
  MIG 7g.40gb     Device  0: (UUID: MIG-GPU-0c/1/0)
"""


def settings(**env: str) -> Settings:
    return Settings.from_env(env)


@pytest.mark.parametrize(
    ("listing", "uuids"),
    [
        (FULL, ["GPU-0a", "GPU-0b"]),
        (SLICED, ["MIG-1a", "MIG-1b", "GPU-0b", "MIG-GPU-0c/1/0"]),
        ("", []),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", []),
        ("  MIG 1g.5gb  Device 0: (UUID: MIG-1a)\n", ["MIG-1a"]),
    ],
)
def test_every_gpu_or_its_slices_are_listed(listing, uuids):
    assert devices.parse(listing) == uuids


@pytest.mark.parametrize(
    ("given", "names"),
    [("0,1", ["0", "1"]), (" MIG-1a , MIG-1b", ["MIG-1a", "MIG-1b"]), ("", []), ("-1", []), ("2,-1,3", ["2"])],
)
def test_cuda_visible_devices_has_the_last_word(given, names):
    assert devices.visible_gpus(settings(), {"CUDA_VISIBLE_DEVICES": given}) == names


def test_the_driver_is_asked_unless_gpus_are_excluded(tmp_path):
    env = fake_gpus(tmp_path)
    assert devices.visible_gpus(settings(), env) == GPUS
    assert devices.visible_gpus(settings(DROPOUT_DEVICE="cuda"), env) == GPUS
    for excluded in ({"DROPOUT_DEVICE": "cpu"}, {"DROPOUT_DEVICE": "mps"}, {"DROPOUT_WORKERS": "cpu:2"}):
        assert devices.visible_gpus(settings(**excluded), env) == []
    (tmp_path / "bin" / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    devices._nvidia_smi.cache_clear()
    assert devices.visible_gpus(settings(), env) == []
    (tmp_path / "bin" / "nvidia-smi").unlink()
    devices._nvidia_smi.cache_clear()
    assert devices.visible_gpus(settings(), env) == []


def pins(places: list[Place]) -> list[str | None]:
    return [place.env.get("CUDA_VISIBLE_DEVICES") for place in places]


def test_each_gpu_gets_a_worker_and_none_is_shared_before_all_are_used(monkeypatch):
    monkeypatch.setattr(devices, "visible_gpus", lambda _: ["a", "b", "c"])
    assert pins(devices.first_places(settings(DROPOUT_WORKERS="4"))) == ["a", "b", "c"]
    assert pins(devices.first_places(settings(DROPOUT_WORKERS="2"))) == ["a", "b"]
    assert pins(devices.first_places(settings(DROPOUT_WORKERS="8"))) == ["a", "b", "c", "a"]
    mixed = settings(DROPOUT_WORKERS="cuda:5,cpu:2")
    assert pins(devices.first_places(mixed)) == ["a", "b", "c", "a", "b"]
    assert {place.env["DROPOUT_DEVICE"] for place in devices.first_places(mixed)} == {"cuda"}
    assert [place.resources for place in devices.first_places(mixed)] == [{GPU: 1}] * 5
    assert devices.later_place(mixed) == Place({"DROPOUT_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": ""}, {CPU: 1})
    assert [devices.at_once(settings(DROPOUT_WORKERS=text)) for text in ("2", "4", "8", "cuda:5,cpu:2")] == [2, 3, 4, 5]
    elsewhere = settings(DROPOUT_WORKERS="4", DROPOUT_SCHEDULER="tcp://host:1")
    assert devices.at_once(elsewhere) == 2, "this machine's GPUs are not the cluster's"


def test_without_gpus_workers_are_as_before(monkeypatch):
    monkeypatch.setattr(devices, "visible_gpus", lambda _: [])
    assert devices.first_places(settings(DROPOUT_WORKERS="4")) == [Place(), Place()]
    assert devices.later_place(settings(DROPOUT_WORKERS="4")) == Place()
    (on_cpu,) = set(map(str, devices.first_places(settings(DROPOUT_WORKERS="cpu:4"))))
    assert "'DROPOUT_DEVICE': 'cpu'" in on_cpu
    unlisted = devices.first_places(settings(DROPOUT_WORKERS="cuda:1,cpu:1"))
    assert unlisted == [Place({"DROPOUT_DEVICE": "cuda"}, {GPU: 1})], "PyTorch may find one without nvidia-smi"


def test_this_process_sees_what_its_environment_says(monkeypatch):
    monkeypatch.setitem(os.environ, "CUDA_VISIBLE_DEVICES", "MIG-1a")
    assert devices.visible_gpus(settings()) == ["MIG-1a"]
