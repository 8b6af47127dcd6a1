from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sidecar.audio.float_file import FloatFile
from sidecar.errors import StorageError

RATE = 24_000


@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_read_as_they_were_written(channels: int, tmp_path: Path) -> None:
    samples = np.random.default_rng(1).normal(0, 2, (1_000, channels)).astype(np.float32)
    with FloatFile(tmp_path / "a.wav", RATE, channels) as file:
        for piece in np.split(samples, 4):
            file.write(piece)
    found, rate = soundfile.read(tmp_path / "a.wav", dtype="float32", always_2d=True)
    assert rate == RATE
    np.testing.assert_array_equal(found, samples)


def test_a_folder_that_is_not_there_is_an_error_of_the_storage(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"a\.wav"):
        FloatFile(tmp_path / "gone" / "a.wav", RATE)


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_is_an_error_of_the_storage(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to("/dev/full")
    with pytest.raises(StorageError, match="free space"), FloatFile(tmp_path / "a.wav", RATE) as file:
        file.write(np.zeros(100_000, np.float32))
