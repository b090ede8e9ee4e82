"""A column that is one of thousands of whole numbers, handed over as one parameter.

Written out as a list, every number is a parameter of its own: the statement takes longer to build than to answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session


def among(session: Session, column: Any, numbers: Sequence[int]) -> ColumnElement[bool]:
    """`column` is one of these numbers."""
    if session.get_bind().dialect.name == "postgresql":
        kind = column.type if isinstance(column.type, BigInteger) else column.type.__class__()
        found: ColumnElement[bool] = column == any_(bindparam(None, list(numbers), ARRAY(kind)))
        return found
    given = func.json_each(bindparam(None, json.dumps(list(numbers)), String)).table_valued("value")
    inside: ColumnElement[bool] = column.in_(select(given.c.value))
    return inside
