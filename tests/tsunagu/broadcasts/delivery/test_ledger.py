"""The ledger: a row a slice, sealed once, and what was changed afterwards is found out."""

import csv
import io
from datetime import timedelta
from hashlib import sha256

import pytest
from google.cloud.firestore import FieldFilter

from tests.tsunagu.broadcasts.delivery.test_refusals import refuse_ids
from tests.tsunagu.broadcasts.delivery.test_send import news
from tests.tsunagu.broadcasts.world import World
from tsunagu.broadcasts.delivery import ledger
from tsunagu.broadcasts.delivery.slices import SLICES_LIMIT, End, Slice, name_of
from tsunagu.broadcasts.store import chunks_of, reference
from tsunagu.cloud.outcomes import Rejected


def rows_of(world: World, broadcast: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ledger.csv(world.db, broadcast).decode(), newline="")))


def test_each_slice_has_a_row_with_the_digest_of_its_ids_and_what_line_said(world: World) -> None:
    broadcast, users = news(world, 1_100)
    bad = sorted(users)[700]
    refuse_ids(world, bad)
    world.run(broadcast)
    rows = rows_of(world, broadcast)
    sent = {request["key"]: request for request in world.requests()}
    assert set(sent) == {row["retry_key"] for row in rows}
    assert all(sent[row["retry_key"]]["request_id"] == row["line_request_id"] for row in rows)
    ids = b"".join(bytes.fromhex(user[1:]) for user in sorted(users)[:500])
    first = rows[0]
    assert ("0-500", "500", sha256(ids).hexdigest(), "accepted") == tuple(
        first[name] for name in ("slice", "ids", "ids_sha256", "outcome")
    )
    by_outcome = {
        name: sum(int(row["ids"]) for row in rows if row["outcome"] == name) for name in ("accepted", "refused")
    }
    assert {"accepted": 1_099, "refused": 1} == by_outcome
    assert "split" in {row["outcome"] for row in rows}


def test_pages_as_full_as_they_can_be_are_kept_too(world: World) -> None:
    """A commit has its limit, and so has the number of slices in a chunk."""
    broadcast, _ = news(world, 10)
    found = world.run(broadcast)
    assert found.attempt is not None
    one = Slice(1, world.now, end=End.ACCEPTED, digest="0" * 64, last_try=world.now, request_id="0" * 36)
    slices = {name_of(range(at, at + 1)): one.to_document() for at in range(SLICES_LIMIT)}
    chunks = chunks_of(world.db, broadcast, found.attempt)
    for number in range(12):
        chunks.document(str(number)).set({"version": "ja", "slices": slices})
    assert 12 == ledger.write(world.db, found, chunks.stream())
    assert 12 * SLICES_LIMIT == len(rows_of(world, broadcast))


def test_it_is_sealed_once_outlives_the_ids_and_verifies(world: World) -> None:
    broadcast, _ = news(world, 600)
    world.run(broadcast)
    file = ledger.csv(world.db, broadcast)
    world.now += timedelta(hours=49)
    world.tick()
    assert b"" == world.frozen_ids()
    assert sha256(file).hexdigest() in ledger.verify(world.db, broadcast)
    assert "600 people accepted" in ledger.verify(world.db, broadcast, file)
    lines = list(world.db.collection("audit").where(filter=FieldFilter("did", "==", "broadcast.ledger")).stream())
    assert [sha256(file).hexdigest()] == [line.get("digest") for line in lines]


def test_what_was_changed_afterwards_is_found_out(world: World) -> None:
    broadcast, _ = news(world, 600)
    world.run(broadcast)
    file = ledger.csv(world.db, broadcast)
    with pytest.raises(Rejected, match="the file is NOT"):
        ledger.verify(world.db, broadcast, file.replace(b"accepted", b"refused", 1))
    page = reference(world.db, broadcast).collection("ledger").document("0")
    page.update({"rows": page.get().get("rows").replace(",100,", ",101,", 1)})
    with pytest.raises(Rejected, match="is NOT what was sealed"):
        ledger.verify(world.db, broadcast)


def test_before_its_end_there_is_no_seal(world: World) -> None:
    broadcast, _ = news(world, 10)
    with pytest.raises(Rejected, match="no sealed ledger"):
        ledger.verify(world.db, broadcast)
    with pytest.raises(Rejected, match="there is no broadcast"):
        ledger.verify(world.db, "unknown")
