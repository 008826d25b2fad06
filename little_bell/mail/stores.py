"""Mails on the disk: a maildir, an mbox, a folder of files, or one file."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

_FROM = b"From "


def mails_in(path: Path, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Each mail's name and its first `most_bytes`, one after the other. Raises OSError for what can't be read."""
    if path.is_dir():
        for file in _files(path):
            yield from _in_file(file, most_bytes)
    else:
        yield from _in_file(path, most_bytes)


def _files(folder: Path) -> list[Path]:
    """In order of their names. Of a maildir what was delivered (`tmp` holds what is still being written), and its folders'."""
    return sorted(file for file in folder.rglob("*") if file.is_file() and not _is_aside(file.relative_to(folder)))


def _is_aside(file: Path) -> bool:
    return file.name.startswith((".", "dovecot")) or (len(file.parts) > 1 and file.parts[-2] == "tmp") or file.name == "maildirfolder"


def _in_file(path: Path, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as file:
        start = file.read(len(_FROM))
        file.seek(0)
        if start != _FROM:
            yield str(path), file.read(most_bytes)
        else:
            for number, raw in enumerate(_in_mbox(file, most_bytes), 1):
                yield f"{path}:{number}", raw


def _in_mbox(file: IO[bytes], most_bytes: int) -> Iterator[bytes]:
    """The mails of an mbox: each begins with a line `From ` behind an empty one (RFC 4155). Of a long line only the beginning is held."""
    kept = bytearray()
    is_line_start = is_behind_empty = True
    while line := file.readline(65_536):
        if is_line_start and is_behind_empty and line.startswith(_FROM):
            if kept:
                yield bytes(kept)
            kept.clear()
        else:
            kept += line[: most_bytes - len(kept)]
        is_behind_empty = is_line_start and not line.strip(b"\r\n")
        is_line_start = line.endswith(b"\n")
    if kept:
        yield bytes(kept)
