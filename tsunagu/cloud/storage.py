"""Cloud Storage: connecting."""

from google.cloud import storage


def connect(project: str) -> storage.Client:
    """One client a process; it finds the emulator by STORAGE_EMULATOR_HOST (with its http://) by itself."""
    return storage.Client(project=project)
