"""Firestore: connecting, and a transaction that says when it could not win."""

import os
import socket
from collections.abc import Callable
from typing import TypeVar

from google.api_core.exceptions import Aborted, Cancelled, DeadlineExceeded, ServiceUnavailable
from google.cloud import firestore
from google.cloud.firestore_v1 import base_client

from tsunagu.cloud.outcomes import TryAgain

T = TypeVar("T")
TRIES = 8
EMULATOR = "FIRESTORE_EMULATOR_HOST"
PATIENCE = 3.0  # seconds

# What a query finds is taken in the thread that asks for it: handed from thread to thread, as the client has it unless
# told otherwise, each document costs four times as much.
for _options in (base_client._DEFAULT_CHANNEL_OPTIONS, base_client._GRPC_MSG_SIZE_OPTIONS):
    _options.append(("SingleThreadedUnaryStream", 1))  # grpc.experimental.ChannelOptions


def connect(project: str) -> firestore.Client:
    """One client a process; it finds the emulator by FIRESTORE_EMULATOR_HOST by itself. Raises TryAgain where there is
    none: the client would look for it for five minutes."""
    emulator = os.environ.get(EMULATOR, "")
    if emulator:
        host, _, port = emulator.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
        except (OSError, ValueError) as error:
            says = f"no Firestore answers at {emulator}: is the local city up (`python -m local up`)?"
            raise TryAgain(says) from error
    return firestore.Client(project=project)


def in_transaction(db: firestore.Client, body: Callable[[firestore.Transaction], T]) -> T:
    """Run `body` in a transaction, repeated while others win; raises TryAgain when it never won.

    The decorated closure is made anew each time: one at module level leaks its state between threads. Contention used
    up comes out of the client as ValueError, which must not be mixed up with a ValueError of the body.
    """

    def guarded(transaction: firestore.Transaction) -> T:
        try:
            return body(transaction)
        except ValueError as error:
            raise _OfTheBody from error

    try:
        result: T = firestore.transactional(guarded)(db.transaction(max_attempts=TRIES))
        return result
    except _OfTheBody as wrapped:
        assert wrapped.__cause__ is not None
        raise wrapped.__cause__ from None
    except (ValueError, Aborted) as error:
        raise TryAgain("Firestore: contention") from error
    except (ServiceUnavailable, DeadlineExceeded, Cancelled) as error:
        raise TryAgain("Firestore did not answer") from error


class _OfTheBody(Exception):
    pass
