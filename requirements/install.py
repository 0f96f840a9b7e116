"""Install a pinned file into the Python that runs this, and show how far it is: ``install.py FILE``.

The file is complete, so nothing is resolved: pip's resolver lets a newer release of ``name[extra]`` break a pinned
``name``.
"""

import subprocess
import sys
from pathlib import Path

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
SEEN = ("Collecting ", "Processing ", "Ignoring ", "Requirement already satisfied: ")


def install(file: Path) -> int:
    """Install it; gives the exit code of pip, whose words are shown when it fails."""
    total = sum("==" in line for line in file.read_text(encoding="utf-8").splitlines())
    command = [*PIP, "install", "--progress-bar", "off", "--require-hashes", "--no-deps", "-r", str(file)]
    said, seen = [], 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout is not None  # noqa: S101 - it was asked for
        for line in running.stdout:
            said.append(line)
            if line.startswith(SEEN):
                seen += 1
                show(f"{seen} of {total} packages")
            elif line.startswith("Installing collected packages"):
                show("unpacking")
    print(flush=True)
    if running.returncode:
        print("".join(said[-20:]), file=sys.stderr)
        return running.returncode
    return subprocess.run([*PIP, "check"], check=False, stdout=subprocess.DEVNULL).returncode


def show(words: str) -> None:
    """One line, written over on a terminal; in a log every tenth."""
    if sys.stdout.isatty():
        print(f"\r  {words}        ", end="", flush=True)
    elif words == "unpacking" or words.partition(" ")[0].endswith("0"):
        print(f"  {words}", flush=True)


if __name__ == "__main__":
    sys.exit(install(Path(sys.argv[1])))
