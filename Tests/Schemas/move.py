"""Run rehome-job between two servers, as the rendered Job would."""

import os
import re
import subprocess

import servers

VERSIONS = (15, 16, 17, 18)
ADMINISTRATOR_OBJECTS = (
    "extensions", "eventTriggers", "publications", "foreignData", "languages", "leakproof", "settings")


def migrate(job, source, target, databases, instance):
    """Moves the databases of a pattern; gives the exit code and what the Job said."""
    environment = {
        "REHOME_NAMESPACE": "schemas", "REHOME_INSTANCE": re.sub(r"[^a-z0-9]+", "-", instance),
        "REHOME_INCLUDE": databases, "REHOME_GATE": "none",
        "REHOME_SOURCE_HOST": "127.0.0.1", "REHOME_SOURCE_PORT": str(source.port),
        "REHOME_SOURCE_USER": source.role, "REHOME_SOURCE_PASSWORD": source.password,
        "REHOME_SOURCE_SECRET": "source",
        "REHOME_TARGET_HOST": "127.0.0.1", "REHOME_TARGET_PORT": str(target.port),
        "REHOME_TARGET_USER": target.role, "REHOME_TARGET_PASSWORD": target.password,
        "REHOME_TARGET_SSLMODE": "disable",
        # As pg_dump | psql does, so that nothing need be left out of the comparison.
        "REHOME_PRIVILEGES": "keep", "HOME": "/tmp", "PATH": path(),
    }
    if target.role == servers.SUPERUSER:
        environment["REHOME_ADMINISTRATOR_OBJECTS"] = ",".join(ADMINISTRATOR_OBJECTS)
    result = subprocess.run([job, "migrate"], env=environment, capture_output=True, check=False)
    return result.returncode, (result.stdout + result.stderr).decode(errors="backslashreplace").strip()


def path():
    """The programs of every version that is here, as an image would have them."""
    folders = []
    for major in VERSIONS:
        try:
            folders.append(str(servers.programs(major)))
        except servers.Failed:
            continue
    return os.pathsep.join(folders)


def remarks(log):
    """What the Job warns of, and what it says that it did not bring over."""
    return [line for line in log.splitlines() if re.search(r" WARNING |left out|not carried", line)]
