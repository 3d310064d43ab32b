"""Commands about people who may sign in."""

import sys
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from tillsight.accounts.models import Role
from tillsight.cli.opening import open_database, read_settings
from tillsight.cli.terminal import listing, out, plain
from tillsight.errors import NotFound

app = typer.Typer(help="People who may sign in.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="E-mail address or username")]


@app.command("add")
def user_add(
    email: Annotated[str, typer.Argument(help="E-mail address, used to sign in")],
    role: Annotated[Role, typer.Option(help="What the person may do")] = Role.viewer,
) -> None:
    """Add a person who may sign in; the password is asked for, or read from standard input."""
    from tillsight.accounts.audit import Action, record
    from tillsight.accounts.users import add_user

    with open_database(read_settings()) as database:
        password = _new_password()
        with database.writing() as session:
            user = add_user(session, email, password, role)
            record(session, Action.user_added, None, user.email or user.username, {"role": role})
            address, name = user.email, user.username
    out.print(plain(f"Added {address} (username {name}) as {role}."))


def _new_password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@app.command("password")
def user_password(email: Login) -> None:
    """Give somebody another password, and end their sessions; asked for, or read from input."""
    from tillsight.accounts.registration import reset_by_hand

    with open_database(read_settings()) as database:
        password = _new_password()
        with database.writing() as session:
            name = reset_by_hand(session, email, password).username
    out.print(plain(f"{name} has the new password, and is signed out everywhere."))


@app.command("verify")
def user_verify(
    email: Annotated[str, typer.Argument(help="E-mail address or username")],
) -> None:
    """Say that somebody's address is theirs, where no mail can show it."""
    from tillsight.accounts.registration import verify_by_hand

    with open_database(read_settings()) as database, database.writing() as session:
        name = verify_by_hand(session, email).username
    out.print(plain(f"{name} is verified and may sign in."))


@app.command("list")
def user_list() -> None:
    """List everybody with an account: role, state, last sign-in."""
    from tillsight.accounts.users import list_users

    settings = read_settings()
    zone = ZoneInfo(settings.timezone)
    table = listing("Id", "Username", "E-mail", "Name", "Role", "State", "Last sign-in")
    with open_database(settings) as database, database.reading() as session:
        for user in list_users(session):
            seen = user.last_login_at
            table.add_row(
                str(user.id),
                plain(user.username),
                plain(user.email or "–"),
                plain(user.full_name or "–"),
                user.role,
                "deactivated" if not user.is_active else "" if user.is_verified else "unverified",
                f"{seen.astimezone(zone):%Y-%m-%d %H:%M}" if seen else "never",
            )
    out.print(table)


@app.command("deactivate")
def user_deactivate(email: Login) -> None:
    """Switch an account off: its sessions end, and nobody can sign in with it."""
    name = _change_user(email, is_active=False)
    out.print(plain(f"{name} is deactivated and signed out everywhere."))


@app.command("reactivate")
def user_reactivate(email: Login) -> None:
    """Switch an account on again."""
    name = _change_user(email, is_active=True)
    out.print(plain(f"{name} may sign in again."))


@app.command("role")
def user_role(
    email: Login, role: Annotated[Role, typer.Argument(help="What the person may do")]
) -> None:
    """Change what somebody may do, from their next request on."""
    name = _change_user(email, role=role)
    out.print(plain(f"{name} is {role} now."))


def _change_user(login: str, **changes: object) -> str:
    """Change an account; gives its username."""
    from tillsight.accounts.people import change_person
    from tillsight.accounts.users import find_user

    with open_database(read_settings()) as database, database.writing() as session:
        user = find_user(session, login)
        if user is None:
            raise NotFound(f"Nobody has the e-mail or username “{login[:80]}”.")
        return change_person(session, user.id, changes).username
