"""A Spark cluster of this machine's own: a master and workers, each a process, on loopback."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

HOST = "127.0.0.1"
START_SECONDS = 180.0
CLASSES = "org.apache.spark.deploy"
LOOPBACK = ("spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1")
"""Settings of a driver on this machine, whatever its name resolves to."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster; `workers` are the processes that have its executors."""

    url: str
    workers: list[subprocess.Popen]
    page: str

    def told(self) -> dict:
        """What the master says of itself."""
        with urlopen(f"{self.page}/json/", timeout=30) as answer:
            return json.load(answer)

    def kill_worker(self, number: int) -> None:
        """Kill a worker and the executor it started, as a machine that goes off."""
        found = _below(self.workers[number].pid)
        for pid in (self.workers[number].pid, *found):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)


@contextmanager
def cluster(folder: Path, workers: int = 2, memory: str = "600m") -> Iterator[Cluster]:
    """A master and so many workers, each with one core and this much memory for its executor."""
    port, page = _free_port(), _free_port()
    url = f"spark://{HOST}:{port}"
    started: list[subprocess.Popen] = []
    try:
        at = ("--host", HOST, "--port", str(port), "--webui-port", str(page))
        started.append(_started(folder, "master", f"{CLASSES}.master.Master", *at))
        for number in range(workers):
            name = f"worker-{number}"
            limits = ("--cores", "1", "--memory", memory, "--work-dir", str(folder / name))
            at = ("--host", HOST, "--webui-port", "0", *limits, url)
            started.append(_started(folder, name, f"{CLASSES}.worker.Worker", *at))
        found = Cluster(url, started[1:], f"http://{HOST}:{page}")
        _wait_until_there(found, workers)
        yield found
    finally:
        for one in started:
            for pid in (*_below(one.pid), one.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
            one.wait()


def _started(folder: Path, name: str, *arguments: str) -> subprocess.Popen:
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_DAEMON_MEMORY": "200m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "PYSPARK_PYTHON": sys.executable,
    }
    with (folder / f"{name}.log").open("w") as log:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )


def _wait_until_there(found: Cluster, workers: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # Until its pages are all there a master answers with another one, which is no JSON.
        with suppress(URLError, ConnectionError, TimeoutError, json.JSONDecodeError):
            if found.told()["aliveworkers"] == workers:
                return
        time.sleep(0.2)
    raise TimeoutError("the cluster did not start")


def _below(pid: int) -> list[int]:
    """Processes that a process started, and those that these started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                below = int(path.parent.name)
                found += [below, *_below(below)]
    return found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]
