"""The container image without a container engine: its tree of files, and what the Dockerfile says.

The image is this machine's /usr, Python and /etc as its base, and on it the tree that
`scripts/image-rootfs` builds. Its processes see nothing else, as a user of their own without
rights, and can write nowhere but in the volume and in /tmp.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BASE = ("bin", "etc", "lib", "lib32", "lib64", "libx32", "sbin", "usr")
DEVICES = ("null", "random", "urandom", "zero")
AS_ROOT = ("--reuid=0", "--regid=0", "--clear-groups")
NO_RIGHTS = ("--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
ENTER = r"""
set -eu
root=$1 base=$2 tree=$3 volume=$4
shift 4
mount -t tmpfs tmpfs "$root"
for name in {base}; do
    if [ -L "/$name" ]; then
        ln -s "$(readlink "/$name")" "$root/$name"
    elif [ -d "/$name" ]; then
        mkdir "$root/$name"
        mount --bind -o ro "/$name" "$root/$name"
    fi
done
if [ ! -d "$root$base" ]; then
    mkdir -p "$root$base"
    mount --bind -o ro "$base" "$root$base"
fi
mkdir "$root/opt" "$root/data" "$root/secrets" "$root/tmp" "$root/proc" "$root/dev"
mount --bind -o ro "$tree/opt" "$root/opt"
mount --bind "$volume" "$root/data"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc -o subset=pid proc "$root/proc"
for name in {devices}; do
    : >"$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
done
mount -o remount,ro "$root"
exec chroot "$root" /usr/bin/setpriv "$@"
"""


def can_contain() -> bool:
    """Whether we may make a view of the file system here: as root, outside of most sandboxes."""
    if os.name != "posix" or os.geteuid() != 0:
        return False
    mounts = "mount -t tmpfs tmpfs /mnt && mkdir /mnt/proc && mount -t proc proc /mnt/proc"
    try:
        tried = subprocess.run(
            ["unshare", "--mount", "sh", "-c", mounts], stderr=subprocess.DEVNULL, check=False
        )
    except FileNotFoundError:
        return False
    return tried.returncode == 0


@dataclass(frozen=True)
class Image:
    """What the Dockerfile's last stage says, and the tree of files at `tree`."""

    tree: Path
    environment: dict[str, str]
    user: int
    command: list[str]
    health: list[str]

    def inside(self, volume: Path, *command: str, **more: str) -> list[str]:
        """The command that runs one in the image, with a folder as its volume /data."""
        os.chown(volume, self.user, self.user)
        rights = (f"--reuid={self.user}", f"--regid={self.user}", *NO_RIGHTS)
        return self._entered(volume, rights, command, more)

    def begun_as_root(self, volume: Path, *command: str, **more: str) -> list[str]:
        """The same where the platform begins as root, and the volume is root's."""
        os.chown(volume, 0, 0)
        return self._entered(volume, AS_ROOT, command, more)

    def _entered(
        self, volume: Path, rights: Sequence[str], command: Sequence[str], more: Mapping[str, str]
    ) -> list[str]:
        python = (self.tree / "opt/tillsight/bin/python").resolve().parent.parent
        script = ENTER.replace("{base}", " ".join(BASE)).replace("{devices}", " ".join(DEVICES))
        root = volume.parent / "root"
        root.mkdir(exist_ok=True)
        outside = [str(one) for one in (root, python, self.tree, volume)]
        named = [f"{name}={value}" for name, value in {**self.environment, **more}.items()]
        alone = ["unshare", "--mount"]
        begin = ["/usr/bin/env", "-i", "-C", "/data", *named]
        return [*alone, "sh", "-c", script, "sh", *outside, *rights, *begin, *command]


def build(folder: Path) -> Image:
    """The image, built as the Dockerfile's first stage says, from the files that it copies alone.

    Libraries have no bytecode, to be quick.
    """
    here, tree = folder / "build", folder / "rootfs"
    quick = {"BYTECODE_OF_LIBRARIES": "no", "UV_LINK_MODE": "hardlink", "EXTRAS": ""}
    path = f"{os.environ['PATH']}:{ROOT / '.tools' / 'bin'}"  # uv, where it was brought
    for word, rest in _instructions()[: _last_from()]:
        if word == "COPY":
            *names, to = rest.split()
            for name in names:
                _copy(ROOT / name, here / to / Path(name).name if to.endswith("/") else here / to)
        elif word == "RUN":
            command = rest.replace("/rootfs", str(tree))
            told = os.environ | quick | {"PATH": path}
            subprocess.run(["sh", "-c", command], cwd=here, env=told, check=True)
    said = _last_stage()
    return Image(
        tree,
        dict(one.split("=", 1) for one in shlex.split(said["ENV"])),
        int(said["USER"].partition(":")[0]),
        [*_list(said["ENTRYPOINT"]), *_list(said["CMD"])],
        _list(said["HEALTHCHECK"]),
    )


def health_check(url: str) -> tuple[int, str]:
    """Run the image's health check on a server of ours: its exit code, and what it says."""
    program, *arguments = _list(_last_stage()["HEALTHCHECK"])
    assert program == "python"
    told = {"TILLSIGHT_HOST": "0.0.0.0", "TILLSIGHT_PORT": url.rpartition(":")[2]}
    done = subprocess.run(
        [sys.executable, *arguments], env=told, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.strip()


def _instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(r"^([A-Z]+) +(.*)$", text, re.MULTILINE)


def _last_from() -> int:
    return max(at for at, (word, _) in enumerate(_instructions()) if word == "FROM")


def _last_stage() -> dict[str, str]:
    return dict(_instructions()[_last_from() :])


def _copy(file: Path, to: Path) -> None:
    if file.is_dir():
        shutil.copytree(file, to, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)


def _list(text: str) -> list[str]:
    return re.findall(r'"([^"]*)"', text)
