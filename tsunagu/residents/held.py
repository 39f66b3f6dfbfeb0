"""What is held about one resident: what their part of an erasure reaches, and the audit that names them."""

from typing import Any

from google.cloud import firestore

from tsunagu.packs.find import find
from tsunagu.residents import store
from tsunagu.residents.city import city
from tsunagu.residents.rules import Resident
from tsunagu.staff.disclose import Section, section, stored
from tsunagu.staff.store import naming
from tsunagu.web.filters import LANGUAGE_NAMES


def held(db: firestore.Client, user: str) -> dict[str, Section]:
    truth = store.reference(db, user).get()
    profile = truth.to_dict()
    roster, key = store.residents_shelf(db), store.key_of(user)
    # The note first: a fold in between moves the row from its note into its pack.
    noted = stored(roster.notes.document(key.hex()).get())
    packed = find(roster, key)
    return {
        "profile": section(
            "選んだこと（言語、区、校区、分野、年代など）、友だちかどうか、同意の日時。changed はそれぞれを最後に決め"
            "た時刻（1970年からのミリ秒）。",
            "What they chose (language, ward, district, topics, age band …), whether they follow, when they agreed;"
            " changed: when each was last decided (milliseconds since 1970).",
            stored(truth, in_words=_in_words(store.of_document(profile))) if profile else [],
        ),
        "roster": section(
            "配信先を選ぶための、上の内容の写し。",
            "Copies of the above, from which audiences are chosen.",
            [
                *noted,
                *([{"document": packed[0], "fields": packed[1]}] if packed else []),
            ],
        ),
        "stop": section(
            "ブロック、停止、消去をしたことの控え。お知らせを送らないために使います。利用者 ID ではなく、元に戻せない"
            "記号（ハッシュ）で記録しています。消去の控えは3年、ほかは4日で消えます。",
            "That they blocked, stopped or erased, so that nothing more is sent; not under their user id, but under a"
            " hash that cannot be turned back. Of an erasure it ends after three years, otherwise after four days.",
            stored(store.stop_reference(db, user).get()),
        ),
        "audit": section(
            "職員がこの方の情報を開示または消去した記録。同じハッシュで記録しています。今回の開示も、このあと記録され"
            "ます。",
            "When staff disclosed or erased what is held about them, under the same hash. This disclosure is written"
            " down too, after this file.",
            stored(*naming(db, store.stop_id(user))),
        ),
    }


def _in_words(resident: Resident) -> dict[str, Any]:
    chosen = (
        ("区 wards", city().wards, resident.wards),
        ("校区 districts", city().districts, resident.districts),
        ("分野 topics", city().topics, resident.topics),
        ("年代 age_band", city().age_bands, (resident.age_band,)),
    )
    labels = {name: [choice.label("ja") for choice in choices if choice.id in ids] for name, choices, ids in chosen}
    return {"言語 language": LANGUAGE_NAMES.get(resident.language, resident.language), **labels}
