"""Table of what was moved from older products."""

from sqlalchemy import BigInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tillsight.database import Base


class MovedRow(Base):
    """That a row of an older product was moved, and the number it has here.

    `source` names the older database, `kind` what the row is. What was moved stays known where it
    was deleted here since: moving again does not bring it back.
    """

    __tablename__ = "moved_rows"
    __table_args__ = (UniqueConstraint("source", "kind", "older_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(30))
    older_id: Mapped[int] = mapped_column(BigInteger)
    our_id: Mapped[int]
