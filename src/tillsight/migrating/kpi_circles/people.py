"""People and circles of kpi-circles, and who belongs to which."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.circles import make_circle
from tillsight.accounts.models import Circle, CircleMember, Role
from tillsight.accounts.names import name_key
from tillsight.accounts.registration import split_name
from tillsight.errors import InvalidInput
from tillsight.migrating.cells import text, yes
from tillsight.migrating.moving import Count, Invitation, Moved
from tillsight.migrating.older import Older, OlderRow
from tillsight.migrating.people import PERSON, Arrival, bring_people, invite
from tillsight.settings import Settings

CIRCLE, MEMBER = "circle", "member"
IDS = 2**31
"""More than a number of the older product can be: two of them make one."""


def move_people(
    session: Session, settings: Settings, moved: Moved, older: Older
) -> tuple[Count, int, list[Invitation]]:
    """Bring people over; how many of them are invited, and the links where no mail brings them.

    Gatekeepers become managers, others editors.
    """
    count, new = bring_people(session, moved, older.rows("users"), _arrival)
    invited = [user for _, user in new if user.is_active]
    links = [invite(session, settings, user) for user in invited]
    return count, len(invited), [link for link in links if link]


def move_circles(session: Session, moved: Moved, older: Older) -> Count:
    """Bring circles over; one whose name is here, in any case, is that circle."""
    count, known = Count("Circles"), moved.ours(CIRCLE)
    by_name = dict(session.execute(select(Circle.name_key, Circle.id)).all())
    for row in older.rows("circles"):
        count.found += 1
        key = name_key(text(row.name))
        if row.id in known or key in by_name:
            count.there += 1
            if row.id not in known:
                moved.note(CIRCLE, row.id, by_name[key])
            continue
        try:
            circle = make_circle(session, text(row.name), None)
        except InvalidInput as refusal:
            count.leave_out(row.id, refusal.message)
            continue
        by_name[circle.name_key] = circle.id
        moved.note(CIRCLE, row.id, circle.id)
        count.added += 1
    return count


def move_members(session: Session, moved: Moved, older: Older) -> Count:
    """Bring over who belongs to which circle; who was taken out of one here does not come back."""
    count, known = Count("Members of circles"), moved.ours(MEMBER)
    people, circles = moved.ours(PERSON), moved.ours(CIRCLE)
    query = select(CircleMember.user_id, CircleMember.circle_id)
    belong = {(user_id, circle_id) for user_id, circle_id in session.execute(query)}
    for row in older.rows("user_circle"):
        count.found += 1
        pair = (people.get(row.user_id), circles.get(row.circle_id))
        number = row.user_id * IDS + row.circle_id
        if number in known:
            count.there += 1
        elif pair[0] is None or pair[1] is None:
            missing = "person" if pair[0] is None else "circle"
            name = f"person {row.user_id}, circle {row.circle_id}"
            count.leave_out(name, f"The {missing} was not moved.")
        else:
            moved.note(MEMBER, number, pair[0])
            count.there += pair in belong
            count.added += pair not in belong
            if pair not in belong:
                session.add(CircleMember(user_id=pair[0], circle_id=pair[1]))
                belong.add((pair[0], pair[1]))
    return count


def _arrival(row: OlderRow) -> Arrival:
    """Who somebody would be here.

    Raises:
        InvalidInput: there is no address, which is who they are.
    """
    if not text(row.email):
        raise InvalidInput("Without an e-mail address nobody can be told from others.")
    first, last = text(row.first_name), text(row.last_name)
    names = (first, last) if first or last else split_name(text(row.display_name))
    return Arrival(
        email=text(row.email),
        username=text(row.user_login_name),
        first_name=names[0],
        last_name=names[1],
        role=Role.manager if yes(row.is_gatekeeper, otherwise=False) else Role.editor,
        is_active=yes(row.active, otherwise=True),
    )
