"""Reading a shelf: notes first, then packs, and the higher version wins.

Packs first would miss a row that a fold moves from its note into its pack between the two readings.
"""

import time
from collections.abc import Sequence

import polars as pl

from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.shelf import ROOT, Shelf, Snapshot, children_of, is_stub, merged, rows_of_notes, to_decode

TRIES = 5
PAUSE = 0.05  # seconds before a listing that did not fit together is read again


def read(shelf: Shelf, columns: Sequence[str] = ()) -> pl.DataFrame:
    """Every row once, in no particular order, with exactly the schema's columns; with `columns` only those, the key
    and the version, which takes less time and memory. Raises TryAgain.
    """
    wanted = [name for name in shelf.schema if name in ("key", "version", *(columns or shelf.schema))]
    rows, gone = rows_of_notes(shelf, shelf.notes.stream())
    packed = _packed(shelf, wanted)
    return packed if rows.is_empty() and gone.is_empty() else merged(packed, rows.select(wanted), gone)


def _packed(shelf: Shelf, columns: Sequence[str]) -> pl.DataFrame:
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE * 2**attempt)
        packs = list(shelf.packs.stream())
        if fit_together(packs):
            frames = [to_decode(shelf, pack.get("rows"), columns) for pack in packs if not is_stub(pack)]
            return pl.concat(frames).collect().rechunk() if frames else shelf.empty().select(columns)
    raise TryAgain("packs: the listing never fitted together")


def fit_together(packs: Sequence[Snapshot]) -> bool:
    """A listing is not always one snapshot: the client takes a broken stream up again where it stopped.

    So a split may show its parent still whole beside a child, or as a stub without its children.
    """
    stubs = {pack.id for pack in packs if is_stub(pack)}
    wanted = {child for stub in stubs for child in children_of(stub)} | ({ROOT} if packs else set())
    return {pack.id for pack in packs} == wanted
