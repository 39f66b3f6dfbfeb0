"""What a command writes is whole, and nothing but it is changed."""

import os
from pathlib import Path
from threading import Thread

import pytest

from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.outfile import whole


def write(out: Path, words: str, force: bool = True) -> None:
    with whole(out, force) as beside:
        beside.write_text(words)


def test_who_may_read_a_file_stays_when_it_is_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one", force=False)
    out.chmod(0o600)
    with pytest.raises(Rejected, match="--force"):
        write(out, "two", force=False)
    write(out, "two")
    assert ("two", 0o600) == (out.read_text(), out.stat().st_mode & 0o777)
    assert [out] == list(tmp_path.iterdir())


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, target = tmp_path / "link", tmp_path / "folder" / "target"
    target.write_text("old")
    link.symlink_to(target)
    write(link, "new")
    assert (True, "new") == (link.is_symlink(), target.read_text())


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    write(pipe, "words", force=False)
    reader.join(10)
    assert (["words"], True) == (heard, pipe.is_fifo())


def test_what_breaks_off_leaves_nothing_and_is_said_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    for error in (ValueError("of ours"), ConnectionResetError(104, "of the network")):
        with pytest.raises(type(error)), whole(out, force=True) as beside:
            beside.write_text("half")
            raise error
    with pytest.raises(Rejected, match="cannot be written: No space left"), whole(out, force=True):
        raise OSError(28, "No space left on device")
    assert ("old", [out]) == (out.read_text(), list(tmp_path.iterdir()))
