"""The table that a measurement prints: where it was measured, then a line for each figure."""

import os
import platform
from pathlib import Path

import duckdb


def begin_table(about: str) -> None:
    """Print where and what is measured, and the head of the table."""
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}\n\n{about}\n")
    print("| what | measured | |\n|---|--:|---|")


def show(what: str, figure: str, more: str = "") -> None:
    """Print a line of the table."""
    print(f"| {what} | {figure} | {more} |", flush=True)


def machine() -> str:
    """Where it is measured."""
    names = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [line.split(":")[1].strip() for line in names.splitlines() if "model name" in line]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({(models or ['unknown'])[0]}), {memory:.0f} GiB,"
        f" {platform.system()}, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )
