import pytest
from google.cloud import storage


@pytest.fixture
def client(storage_host: str, project: str) -> storage.Client:
    return storage.Client(project=project)
