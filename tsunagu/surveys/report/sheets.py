"""The lean rows of the surveys that are looked at, kept in the process from one look to the next."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from zoneinfo import ZoneInfo

from tsunagu.packs.lean import KeptLean, Laid
from tsunagu.packs.moment import Moment
from tsunagu.packs.shelf import MARK
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.lean import not_asked
from tsunagu.surveys.report.tally import Sheet

MOST = 4  # surveys; a million responses take a hundred megabytes


class Sheets:
    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[Definition, KeptLean]] = OrderedDict()
        self._sheets: dict[str, tuple[Laid, Sheet]] = {}

    def sheet(self, editions: Sequence[Definition], definition: Definition, moment: Moment, zone: ZoneInfo) -> Sheet:
        """The same one as last time where nothing has changed. Raises TryAgain."""
        rows = self._keeper(definition).read(moment)
        with self._lock:
            laid, sheet = self._sheets.get(definition.id, (None, None))
            if sheet is None or laid is not rows:
                sheet = Sheet(rows.frame.drop(MARK).with_columns(not_asked(editions)), zone, rows.holds)
                if definition.id in self._kept:
                    self._sheets[definition.id] = rows, sheet
            return sheet

    def last(self, definition: Definition) -> Sheet | None:
        """That of the last look; it may have been overtaken."""
        with self._lock:
            known = definition.id in self._kept and self._kept[definition.id][0] == definition
            return self._sheets[definition.id][1] if known and definition.id in self._sheets else None

    def _keeper(self, definition: Definition) -> KeptLean:
        with self._lock:
            known, kept = self._kept.get(definition.id, (None, None))
            if kept is None or known != definition:  # revised meanwhile
                kept = KeptLean()
                self._kept[definition.id] = definition, kept
                self._sheets.pop(definition.id, None)
            self._kept.move_to_end(definition.id)
            if len(self._kept) > MOST:
                gone, _ = self._kept.popitem(last=False)
                self._sheets.pop(gone, None)
            return kept
