"""Tillsight: self-hosted sales analytics and KPI tracking."""

import os

__version__ = "0.1.0"

# OpenBLAS reads this when NumPy loads it, so it stands where it runs before NumPy is imported; what
# a server starts inherits it. Our matrices are small, and threads of OpenBLAS wait for one another
# by spinning: on cores that are busy with requests they only cost time. A forecast from ten years
# of days took more than twice the processor time with two of them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
