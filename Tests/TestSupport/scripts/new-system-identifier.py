#!/usr/bin/env python3
"""Gives a copy of a PostgreSQL cluster a system identifier of its own, as initdb would have:  FOLDER/data

The identifier is the first field of global/pg_control, and the file's last field is a CRC-32C of all before it. WAL files
name the identifier too: pg_resetwal has to make new ones afterwards.
"""

import os
import struct
import sys

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


def main(data):
    path = os.path.join(data, "global", "pg_control")
    with open(path, "r+b") as file:
        content = file.read()
        # Where the checksum stands differs between versions: it is where it fits.
        end = next((end for end, sum in checksums(content[:1024]) if content[end : end + 4] == struct.pack("=I", sum)), None)
        if end is None:
            sys.exit(f"{path}: no checksum fits")
        content = os.urandom(7) + b"\x01" + content[8:]
        *_, (_, sum) = checksums(content[:end])
        file.seek(0)
        file.write(content[:end] + struct.pack("=I", sum))


def checksums(content):
    """The checksum of each longer beginning, from the first field that may be the last."""
    register = 0xFFFFFFFF
    for place, byte in enumerate(content):
        if place >= 64 and place % 4 == 0:
            yield place, register ^ 0xFFFFFFFF
        register = register >> 8 ^ TABLE[(register ^ byte) & 0xFF]
    yield len(content), register ^ 0xFFFFFFFF


main(sys.argv[1])
