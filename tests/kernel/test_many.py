"""One of thousands of numbers, handed over as one parameter."""

from __future__ import annotations

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from portal.kernel.many import among
from portal.registers.helpers.check_ins.photos.models import PhotoBand


def test_rows_are_found_by_thousands_of_numbers_in_one_parameter(session: Session) -> None:
    for key in range(10):
        session.add(PhotoBand(key=key, photo_id=1, window=0, hash=-key))
    session.flush()
    given: list[object] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: given.append(a[3]))
    wanted = [2, 7, *range(1000, 9000)]
    found = session.scalars(select(PhotoBand.key).where(among(session, PhotoBand.key, wanted)).order_by(PhotoBand.key))
    assert list(found) == [2, 7]
    assert len(given) == 1 and len(given[0]) == 1
    assert session.scalar(select(func.count()).select_from(PhotoBand).where(among(session, PhotoBand.key, []))) == 0
    assert list(session.scalars(select(PhotoBand.hash).where(among(session, PhotoBand.hash, [-3, 2**40])))) == [-3]
