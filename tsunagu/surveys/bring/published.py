"""What has been published of a survey, in `surveys/{id}`: whoever has two publications can take one from the other."""

from datetime import datetime
from hashlib import sha256

from google.cloud import firestore

from tsunagu.cloud.outcomes import Rejected
from tsunagu.surveys import store
from tsunagu.surveys.bring.publish import Publication
from tsunagu.surveys.store import Survey


def check_over(survey: Survey) -> None:
    """Raises Rejected for a survey that goes on."""
    if not survey.has_ended:
        raise Rejected(
            f"{survey.id} is {survey.state.value}: only what is closed is published. While answers come in, whoever"
            " has two publications could tell who answered in between"
        )


def check(db: firestore.Client, survey: Survey, publication: Publication, again: bool) -> None:
    """Raises Rejected where something else was published before."""
    before = (store.reference(db, survey.id).get().to_dict() or {}).get("published")
    if before is not None and before["digest"] != digest(publication) and not again:
        what = "of other tables" if before["plan"] != publication.plan.model_dump() else "before some answers were gone"
        raise Rejected(
            f"{survey.id} was published on {before['made_on']}, {what}: whoever has both can take one from the other."
            " Withdraw that one first; then --again publishes this one"
        )


def note(db: firestore.Client, survey: Survey, publication: Publication, now: datetime) -> None:
    said = {
        "at": now,
        "made_on": publication.made_on.isoformat(),
        "plan": publication.plan.model_dump(),
        "digest": digest(publication),
    }
    store.reference(db, survey.id).update({"published": said})


def digest(publication: Publication) -> str:
    """Of all numbers and of which are hidden; not of the day."""
    numbers = [(shown.table.question.id, shown.table.by, list(shown.counts.items())) for shown in publication.tables]
    return sha256(repr(numbers).encode()).hexdigest()
