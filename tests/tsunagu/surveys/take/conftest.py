import pytest
from google.cloud import firestore

from tests.tsunagu.surveys.take.announced import Announced
from tests.tsunagu.surveys.take.exported import Work
from tsunagu.cloud.storage import Bucket, connect


@pytest.fixture
def bucket(storage_host: str, project: str) -> Bucket:
    return Bucket(lambda: connect(project), "private")


@pytest.fixture
def work(db: firestore.Client, bucket: Bucket) -> Work:
    return Work(db, bucket)


@pytest.fixture
def announced(pubsub_host: str, project: str) -> Announced:
    return Announced(project)
