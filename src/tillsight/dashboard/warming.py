"""What the first visitor would wait for is done when the server starts."""

from importlib import import_module
from pkgutil import walk_packages

from streamlit import env_util

from tillsight import dashboard
from tillsight.modules import reading_in

SCRIPTS = ("tillsight.dashboard.app", "tillsight.dashboard.views.")
"""Run by Streamlit for each page, never imported."""


def warm() -> None:
    """Read all modules of the pages, and what they need.

    To be called once Streamlit runs: its components are made known where modules are read.
    """
    with reading_in():
        for module in walk_packages(dashboard.__path__, f"{dashboard.__name__}."):
            if not module.name.startswith(SCRIPTS):
                import_module(module.name)
    env_util.is_repl()  # Streamlit asks it at the first page, and looks all modules through for it
