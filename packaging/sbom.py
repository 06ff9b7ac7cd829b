#!/usr/bin/env python3
"""Write a software bill of materials in CycloneDX for a program, or for an image with that program in it.

usage: sbom.py PROGRAM OUTPUT [ROOT]

ROOT is an image's file system: its Debian packages are then listed, too. Runs in the environment that tools.sh makes.
SOURCE_DATE_EPOCH is the time it bears; nothing else in it depends on when or where it is made.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

HERE = pathlib.Path(__file__).resolve().parent
LICENCES = LicenseFactory()
FOLDER_HASH = "rehome:sha256-of-all-files"


def component(name, version, purl, licence=None, location=None, kind=ComponentType.LIBRARY, **more):
    """A component with what is known of it."""
    return Component(
        type=kind, name=name, version=version, purl=purl, bom_ref=purl.to_string() if purl else name,
        licenses=[LICENCES.make_from_string(licence)] if licence else [],
        external_references=[ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(location))] if location else [],
        **more)


def system_version(package):
    return subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Version}", package], check=True, capture_output=True, text=True).stdout


def release_of(root):
    """Such as debian-13, from a file system's own word."""
    text = (root / "etc" / "os-release").read_text()
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return f"{values['ID']}-{values['VERSION_ID']}".replace('"', "")


def deb(name, version, architecture, distribution):
    return PackageURL("deb", "debian", name, version, {"arch": architecture, "distro": distribution})


def swift_components(program):
    result = []
    for name, package in json.loads((HERE / "swift-packages.json").read_text()).items():
        if program not in package["programs"]:
            continue
        owner = package["location"].removeprefix("https://").rsplit("/", 1)[0]
        result.append(component(
            name, package["version"], PackageURL("swift", owner, name, package["version"]), package["licence"],
            package["location"], properties=[Property(name=FOLDER_HASH, value=package["sha256"])],
            components=[inner(item) for item in components() if item.get("inside") == name]))
    return result


def inner(item):
    """Other people's code that a package carries with it."""
    version = None
    if "version_file" in item:
        text = (HERE.parent / ".build" / "checkouts" / item["inside"] / item["version_file"]).read_text()
        version = re.search(r"[0-9a-f]{40}", text).group()
    return component(
        item["name"], version, PackageURL("generic", None, item["name"], version), item["licence"], item["location"])


def components():
    return json.loads((HERE / "components.json").read_text())


def static_components(program, architecture):
    result = []
    for item in components():
        if item.get("linked") != "static" or program not in item["programs"]:
            continue
        if "debian" in item:
            version = system_version(item["debian"])
            purl = deb(item["debian"], version, architecture, release_of(pathlib.Path("/")))
        else:
            text = subprocess.run(["swiftc", "--version"], check=True, capture_output=True, text=True).stdout
            version = re.search(r"Swift version (\S+)", text).group(1)
            purl = PackageURL("generic", None, item["name"], version)
        result.append(component(item["name"], version, purl, item["licence"], item["location"]))
    return result


def installed(root):
    """The Debian packages of a file system."""
    for block in (root / "var" / "lib" / "dpkg" / "status").read_text().split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", block, re.MULTILINE))
        if fields.get("Status") != "install ok installed":
            continue
        source = fields.get("Source", fields["Package"]).split(" ")[0]
        yield component(
            fields["Package"], fields["Version"],
            deb(fields["Package"], fields["Version"], fields["Architecture"], release_of(root)),
            properties=[Property(name="rehome:debian-source", value=source)])


def bom(program, root):
    name, data = program.name, program.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
    main = component(
        name, version, PackageURL("generic", None, name, version, {"arch": architecture}), "Apache-2.0",
        kind=ComponentType.APPLICATION, hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)])
    result = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"rehome:{name}:{digest}:{root is not None}"))
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    result.metadata.timestamp = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
    linked = swift_components(name) + static_components(name, architecture)
    subject = main
    if root:
        subject = component(
            f"{name}-image", version, PackageURL("generic", None, f"{name}-image", version, {"arch": architecture}),
            kind=ComponentType.CONTAINER)
        debian = list(installed(root))
        result.components.update([main, *debian])
        result.register_dependency(subject, [main, *debian])
    result.metadata.component = subject
    result.components.update(linked)
    result.register_dependency(main, linked)
    return result


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[3]) if len(sys.argv) == 4 else None
    text = JsonV1Dot6(bom(pathlib.Path(sys.argv[1]), root)).output_as_string(indent=2)
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        sys.exit(f"sbom: not valid CycloneDX: {error}")
    pathlib.Path(sys.argv[2]).write_text(text + "\n")
    print(f"sbom: {sys.argv[2]} lists {len(json.loads(text)['components'])} components")


main()
