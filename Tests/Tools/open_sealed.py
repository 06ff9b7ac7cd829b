#!/usr/bin/env python3
"""Open what rehome seals, as its readers would, with none of rehome's code.

usage: open_sealed.py --venv DIR keys FOLDER           make a controller's key and certificate, and an age identity
       open_sealed.py --venv DIR sealed-secret KEY FILE   print the Secret that the controller would make, as JSON
       open_sealed.py --venv DIR sops IDENTITY FILE       print the object that sops would decrypt, as JSON

The cryptography comes from PyPI's cryptography and Debian's age. Installs what it needs from PyPI into DIR on first use;
exits with 77 where that cannot be had.
"""

import argparse
import base64
import datetime
import hashlib
import json
import pathlib
import re
import subprocess

import packages

SCOPES = "sealedsecrets.bitnami.com/"


def make_keys(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    name = x509.Name([])
    start = datetime.datetime(2026, 1, 1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=36500))
        .sign(key, hashes.SHA256()))
    (folder / "controller.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "controller.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    identity = folder / "identity.txt"
    subprocess.run(["age-keygen", "-o", str(identity)], check=True, capture_output=True)
    print(re.search(r"age1\w+", identity.read_text()).group())


def unseal(key_file, file):
    """What the sealed-secrets controller does: the label comes from the object's own annotations, name and namespace."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    import yaml

    sealed = yaml.safe_load(file.read_text())
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    metadata = sealed["metadata"]
    annotations = metadata.get("annotations", {})
    if annotations.get(SCOPES + "cluster-wide") == "true":
        label = ""
    elif annotations.get(SCOPES + "namespace-wide") == "true":
        label = metadata["namespace"]
    else:
        label = f"{metadata['namespace']}/{metadata['name']}"
    template = sealed["spec"]["template"]
    data = dict(template.get("data", {}))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label.encode())
    for name, text in sealed["spec"]["encryptedData"].items():
        content = base64.b64decode(text, validate=True)
        length = int.from_bytes(content[:2], "big")
        session_key = key.decrypt(content[2 : 2 + length], oaep)
        data[name] = AESGCM(session_key).decrypt(bytes(12), content[2 + length :], None).decode()
    print(json.dumps({"metadata": template["metadata"], "type": template["type"], "data": data}, ensure_ascii=False))


def decrypt(identity, file):
    """What sops does: the data key by age, each value with its path, and the code over all of them."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    import yaml

    document = yaml.safe_load(file.read_text())
    sops = document.pop("sops")
    keys = []
    for recipient in sops["age"]:
        result = subprocess.run(
            ["age", "--decrypt", "--identity", str(identity)], input=recipient["enc"].encode(), capture_output=True,
            check=False)
        if not result.returncode:
            keys.append(result.stdout)
    if not keys:
        raise SystemExit("age cannot open any of the data keys")
    cipher = AESGCM(keys[0])
    pattern = re.compile(sops["encrypted_regex"])
    code = hashlib.sha512()

    def opened(text, context):
        part = re.fullmatch(r"ENC\[AES256_GCM,data:(.*),iv:(.*),tag:(.*),type:(.*)\]", text)
        content, nonce, tag = (base64.b64decode(part.group(i), validate=True) for i in (1, 2, 3))
        return cipher.decrypt(nonce, content + tag, context.encode())

    def walk(value, path):
        if isinstance(value, dict):
            return {key: walk(child, path + [key]) for key, child in value.items()}
        if isinstance(value, list):
            return [walk(child, path) for child in value]
        if value is None:
            return None
        if any(pattern.search(key) for key in path) and value != "":
            content = opened(value, "".join(key + ":" for key in path))
            value = content.decode()
        else:
            content = (str(value)).encode()
        code.update(content)
        return value

    result = walk(document, [])
    expected = opened(sops["mac"], sops["lastmodified"]).decode()
    if code.hexdigest().upper() != expected:
        raise SystemExit("the code over all values does not fit")
    datetime.datetime.strptime(sops["lastmodified"], "%Y-%m-%dT%H:%M:%SZ")
    print(json.dumps(result, ensure_ascii=False))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--venv", type=pathlib.Path, required=True)
    parser.add_argument("command", choices=["keys", "sealed-secret", "sops"])
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    packages.enter(arguments.venv)
    {"keys": make_keys, "sealed-secret": unseal, "sops": decrypt}[arguments.command](*arguments.files)


main()
