"""
Tokens for enrolment: each good for one key and a limited time. Only their hashes are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import blake3
from sqlalchemy import JSON, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from isdas.lake.audit import note
from isdas.lake.database import Database, Row
from isdas.model.time import iso, now


@dataclass(frozen=True, slots=True)
class Token:
    """
    A token, without what makes it one.

    Attributes:
        name, groups: proposed for the sensor that comes with it.
        made_at, expires_at: ISO instants.
        key: fingerprint of the key it was spent for; None while it is unspent.
    """

    name: str
    groups: tuple[str, ...]
    made_at: str
    expires_at: str
    key: str | None


class TokenRow(Row):
    """A one-time token for enrolment, as its hash."""

    __tablename__ = "enrolment_tokens"
    hash: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    groups: Mapped[list[str]] = mapped_column(JSON)
    made_at: Mapped[str]
    expires_at: Mapped[str]
    key: Mapped[str | None]


def keep(database: Database, secret: str, who: str, *, name: str, groups: Sequence[str], days: float) -> Token:
    """
    Keep a new token.

    Args:
        secret: the token itself: at least 128 random bits, so that a plain hash of it gives nothing away.
        who: the person it was made by.
        name, groups: proposed for the sensor; both may be empty.
        days: for how long it is good.
    """
    at = now()
    token = Token(name, tuple(groups), iso(at), iso(at + timedelta(days=days)), None)
    with database.writing() as session:
        session.add(
            TokenRow(
                hash=_hash(secret),
                name=name,
                groups=list(groups),
                made_at=token.made_at,
                expires_at=token.expires_at,
                key=None,
            )
        )
        note(session, who, "token", name, {"expires_at": token.expires_at})
    return token


def spend(session: Session, secret: str, fingerprint: str) -> Token | None:
    """
    Spend a token for a key; None if it is unknown, expired or spent for another key.

    Done with one UPDATE, so that of two who come with it at the same time one gets nothing.
    """
    one, unspent = TokenRow.hash == _hash(secret), TokenRow.key.is_(None)
    session.execute(update(TokenRow).where(one, unspent, TokenRow.expires_at > iso(now())).values(key=fingerprint))
    row = session.scalar(select(TokenRow).where(one, TokenRow.key == fingerprint))
    return None if row is None else _token(row)


def tokens(database: Database) -> list[Token]:
    """All tokens ever made, in order."""
    with database.reading() as session:
        return [_token(row) for row in session.scalars(select(TokenRow).order_by(TokenRow.made_at))]


def _hash(secret: str) -> str:
    return blake3.blake3(secret.encode()).hexdigest()


def _token(row: TokenRow) -> Token:
    return Token(row.name, tuple(row.groups), row.made_at, row.expires_at, row.key)
