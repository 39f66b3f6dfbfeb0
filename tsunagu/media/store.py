"""The public bucket from which LINE fetches pictures: objects under names that nobody can guess, which never change."""

import secrets
from dataclasses import dataclass

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, PreconditionFailed, RetryError
from google.cloud.storage import Bucket, Client
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException

from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.media.encode import Encoded

ADDRESS = "https://storage.googleapis.com"
CACHED = "public, max-age=31536000, immutable"  # a year, which is for ever: a name is never used twice
NAME_BYTES = 16  # 128 bits
PATIENCE = 20.0  # seconds for all tries of one object; somebody is waiting for the page


@dataclass(frozen=True)
class Picture:
    """The two https addresses that LINE's image message wants; a card takes `url` alone."""

    url: str
    preview: str


def new_name() -> str:
    return secrets.token_hex(NAME_BYTES)


def put(
    client: Client, bucket: str, name: str, encoded: Encoded, address: str = ADDRESS, patience: float = PATIENCE
) -> Picture:
    """Both pictures under one name; an object there is never overwritten. Raises Rejected or TryAgain."""
    home = client.bucket(bucket)
    urls = [
        _put(home, f"{name}{which}.jpg", jpeg, address, patience)
        for which, jpeg in (("", encoded.original), ("-preview", encoded.preview))
    ]
    return Picture(*urls)


def _put(home: Bucket, name: str, jpeg: bytes, address: str, patience: float) -> str:
    blob = home.blob(name)
    blob.cache_control = CACHED
    retry = DEFAULT_RETRY.with_timeout(patience)
    try:
        blob.upload_from_string(jpeg, "image/jpeg", if_generation_match=0, retry=retry, timeout=patience)
    except PreconditionFailed:
        pass  # an earlier try was taken and its answer lost: nobody else has this name
    except NotFound as error:
        raise Rejected(f"there is no bucket '{home.name}': see the setting MEDIA_BUCKET") from error
    except Forbidden as error:
        raise Rejected(f"Google lets nobody with this account put pictures into the bucket '{home.name}'") from error
    except (GoogleAPICallError, RetryError, RequestException) as error:
        raise TryAgain("Cloud Storage did not take a picture") from error
    return f"{address}/{home.name}/{name}"
