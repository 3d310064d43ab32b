"""Commands that serve a shop, or the demo shop."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tillsight.cli.imports import load_file
from tillsight.cli.opening import keep_log, open_database, open_shop, read_settings
from tillsight.cli.terminal import out, plain
from tillsight.modules import reading_in
from tillsight.settings import LogLevel, Settings, require_fit

if TYPE_CHECKING:
    from tillsight.demo import Demo

DEMO_SEED = 7
PortOption = Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)]


def serve_shop(
    port: PortOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that serve on the port.", min=1, max=64)
    ] = None,
) -> None:
    """Serve dashboard and API on one port until stopped with Ctrl+C."""
    settings = read_settings(host=host, port=port, workers=workers)
    require_fit(settings)
    with reading_in():
        from tillsight.server import end_when_told, listen, serve

    end_when_told()
    opened = listen(settings)
    setup = _setup_link(settings)

    def announce() -> None:
        out.print(f"Tillsight is open at [bold]{settings.public_url}[/bold]")
        if setup:
            out.print("Nobody has an account yet. Make the first admin here, within 24 hours:")
            out.print(f"  {plain(setup)}", soft_wrap=True)

    if settings.workers == 1:
        serve(settings, opened, announce)
    else:
        with reading_in():
            from tillsight.server.workers import Workers
        Workers(settings, opened).serve(announce)


def serve_demo(
    port: PortOption = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same shop.")] = DEMO_SEED,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day with sales; default: yesterday"),
    ] = None,
) -> None:
    """Make a shop with two years of invented sales, and serve it."""
    with reading_in():
        from tillsight import demo as demo_shop
        from tillsight.server import end_when_told, listen, serve

    end_when_told()
    settings = demo_shop.settings_for(read_settings(port=port))
    if "log_level" not in settings.model_fields_set:
        keep_log(settings, LogLevel.warning)  # a line for each request would hide how to sign in
    opened = listen(settings)  # first, so that a taken port is told before the work is done
    out.print(f"Making the demo shop in {settings.home.resolve()}")
    shop = demo_shop.prepare(
        settings, seed, until.date() if until else None, lambda file: load_file(settings, file)
    )
    # Laid out here, where progress can be seen; the server then finds it ready.
    with open_shop(settings) as (database, warehouse):
        demo_shop.look_back(settings, shop, database, warehouse)

    serve(settings, opened, lambda: _tell_how_to_sign_in(settings, shop))


def _tell_how_to_sign_in(settings: Settings, shop: "Demo") -> None:
    out.print(f"\n  {settings.shop_name} is open at [bold]http://localhost:{settings.port}[/bold]")
    for role, email, password in shop.sign_ins():
        article = "an" if role[0] in "ae" else "a"
        out.print(
            f"  Sign in as [bold]{email}[/bold] with [bold]{password}[/bold] ({article} {role})"
        )
    if contracts := ", ".join(settings.compat):
        out.print(f"  Clients of older products are answered below /compat: {contracts}")
    out.print("  Ctrl+C stops it; started again, everything is still there.\n")


def _setup_link(settings: Settings) -> str | None:
    """Where the first admin is made; None once there is anybody."""
    from tillsight.accounts.registration import setup_link

    with open_database(settings) as database, database.writing() as session:
        return setup_link(session, settings)
