"""Roles, and what each may do."""

from collections.abc import Iterable
from enum import Enum


class Role(Enum):
    ADMIN = "admin"
    EDITOR = "editor"
    APPROVER = "approver"
    ANALYST = "analyst"

    @property
    def label(self) -> tuple[str, str]:
        """In Japanese and in English."""
        return _LABELS[self]


class Deed(Enum):
    """What a page or a command lets someone do."""

    SEE_CONSOLE = "see the console"
    SEE_BROADCASTS = "see broadcasts and their totals"
    WRITE_BROADCASTS = "write broadcasts, and pause or withdraw them"
    APPROVE_BROADCASTS = "approve what others wrote"
    SEE_SURVEYS = "see surveys and what they ask"
    WRITE_SURVEYS = "write surveys, and open, pause or close them"
    SEE_REPORTS = "see survey reports"
    TAKE_ANSWERS = "download answers"


_LABELS = {
    Role.ADMIN: ("管理者", "administrator"),
    Role.EDITOR: ("編集者", "editor"),
    Role.APPROVER: ("承認者", "approver"),
    Role.ANALYST: ("分析者", "analyst"),
}

_ALLOWED = {
    Deed.SEE_CONSOLE: set(Role),
    Deed.SEE_BROADCASTS: set(Role),
    Deed.WRITE_BROADCASTS: {Role.ADMIN, Role.EDITOR, Role.APPROVER},
    Deed.APPROVE_BROADCASTS: {Role.ADMIN, Role.APPROVER},
    Deed.SEE_SURVEYS: set(Role),
    Deed.WRITE_SURVEYS: {Role.ADMIN, Role.EDITOR, Role.APPROVER},
    Deed.SEE_REPORTS: {Role.ADMIN, Role.ANALYST},
    Deed.TAKE_ANSWERS: {Role.ADMIN, Role.ANALYST},
}


def may(roles: Iterable[Role], deed: Deed) -> bool:
    return not _ALLOWED[deed].isdisjoint(roles)


def roles_for(deed: Deed) -> list[Role]:
    """Who may do it, in the order of the enum."""
    return [role for role in Role if role in _ALLOWED[deed]]
