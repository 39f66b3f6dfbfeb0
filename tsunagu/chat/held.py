"""What the chat holds about one person: all that its own part of an erasure reaches."""

from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from tsunagu.chat.turn import CLAIMS, CONVERSATIONS
from tsunagu.staff.disclose import Section, section, stored


def held(db: firestore.Client, user: str) -> dict[str, Section]:
    claims = db.collection(CLAIMS).where(filter=FieldFilter("user", "==", user))
    return {
        "conversation": section(
            "会話の状態。尋ねた質問とその時刻（at は1970年からのミリ秒）、どのメッセージがどの質問への答えか、取り消"
            "されたメッセージの番号。メッセージの文面はありません。最後の会話から90日で消えます。",
            "Where the conversation stands: what was asked and when (at: milliseconds since 1970), which message"
            " answered which question, the numbers of messages taken back; no words. Ends 90 days after the last"
            " change.",
            stored(db.collection(CONVERSATIONS).document(user).get()),
        ),
        "events": section(
            "LINE から届いたできごとを二度扱わないための控え。まだ届けていない返事（owed）があれば、その文面。14日で"
            "消えます。",
            "Notes that keep an event of LINE's from taking effect twice, with the answer still owed, if any. End"
            " after 14 days.",
            stored(*claims.stream()),
        ),
    }
