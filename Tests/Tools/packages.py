"""What the tests' Python scripts need from PyPI, in a virtual environment of their own."""

import fcntl
import os
import pathlib
import subprocess
import sys

PACKAGES = [
    "kubernetes-validate==1.37.0", "jsonschema>=4.20", "jsonschema-rs==0.61.0", "jsonpatch>=1.33", "PyYAML>=6", "cryptography>=42",
]
# The exit code that makes a test skip, and say so.
UNAVAILABLE = 77


def enter(folder):
    """Make the packages importable, in a process of the virtual environment's own Python."""
    python = folder / "bin" / "python"
    if pathlib.Path(sys.prefix) == folder.resolve():
        return
    marker = folder / "installed"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        # Tests run side by side; one of them installs.
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(folder, python, marker)
    os.execv(python, [str(python), *sys.argv])


def install(folder, python, marker):
    """Make the virtual environment, if no earlier run did."""
    wanted = "\n".join(PACKAGES)
    if not marker.exists() or marker.read_text() != wanted:
        commands = [
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", *PACKAGES],
        ]
        for command in commands:
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            if result.returncode:
                print(*(result.stderr or result.stdout).strip().splitlines()[-1:])
                sys.exit(UNAVAILABLE)
        marker.write_text(wanted)
