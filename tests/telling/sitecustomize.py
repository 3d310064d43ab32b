"""Any Python with this folder on its path tells on SIGUSR1 how many threads each OpenBLAS has."""

import ctypes
import json
import signal
from pathlib import Path

NAMES = ("openblas_get_num_threads", "openblas_get_num_threads64_")
NAMES += tuple(f"scipy_{name}" for name in NAMES)


def _threads(path: str) -> int:
    library = ctypes.CDLL(path)
    return next(getattr(library, name)() for name in NAMES if hasattr(library, name))


def _tell(*_signal: object) -> None:
    maps = Path("/proc/self/maps").read_text().splitlines()
    loaded = sorted({line.split()[-1] for line in maps if "openblas" in line})
    written = Path("threads.part")
    written.write_text(json.dumps([_threads(path) for path in loaded]))
    written.rename("threads.json")


signal.signal(signal.SIGUSR1, _tell)
