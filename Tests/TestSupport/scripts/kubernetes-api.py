"""Speaks as much of the Kubernetes API as leaving a receipt takes: create, read, apply and merge-patch a ConfigMap.

    kubernetes-api.py FOLDER NAMESPACE

FOLDER holds server.crt, server.key and token; the calls and the objects are written to FOLDER/state.json after each
call. Commands come as lines on standard input, each is answered by one line:
    start                 listen on one free port of 127.0.0.1 and ::1; answers "ok PORT"
    fail STATUS TIMES     answer the next TIMES calls with STATUS
    hold                  take calls and answer none
    release               answer those that are held, and those that come
    delete NAME           remove a ConfigMap
When standard input closes, FOLDER is removed and the program ends.
"""

import base64
import http.server
import json
import os
import re
import shutil
import socket
import ssl
import sys
import threading
import time
import uuid

FOLDER, NAMESPACE = sys.argv[1:]
LOCK = threading.Lock()
# Cleared while calls are taken and not answered.
OPEN = threading.Event()
OPEN.set()
CALLS = []
OBJECTS = {}
FAILURES = []
APPLIED = set()
REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed",
           409: "AlreadyExists", 415: "UnsupportedMediaType", 422: "Invalid", 500: "InternalError",
           503: "ServiceUnavailable"}
NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
# What marks a server-side field as not the client's to set.
MANAGED = ("uid", "resourceVersion", "creationTimestamp")


class Refusal(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def merged(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def is_text_map(value):
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def checked(body, name=None):
    """Refuses what a real API server would not take for a ConfigMap."""
    if not isinstance(body, dict) or body.get("apiVersion") != "v1" or body.get("kind") != "ConfigMap":
        raise Refusal(400, "the object provided is not a v1 ConfigMap")
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        raise Refusal(422, "metadata: Required value")
    if metadata.get("namespace", NAMESPACE) != NAMESPACE:
        raise Refusal(400, "the namespace of the provided object does not match the namespace sent on the request")
    if name is not None and metadata.get("name") != name:
        raise Refusal(400, "the name of the object does not match the name on the URL")
    if not NAME.fullmatch(str(metadata.get("name", ""))):
        raise Refusal(422, "metadata.name: Invalid value: a lowercase RFC 1123 subdomain must be given")
    for field in ("labels", "annotations"):
        if field in metadata and not is_text_map(metadata[field]):
            raise Refusal(400, f"metadata.{field}: strings expected")
    if "data" in body and not is_text_map(body["data"]):
        raise Refusal(400, "data: strings expected")
    if "binaryData" in body and not is_text_map(body["binaryData"]):
        raise Refusal(400, "binaryData: base64 expected")
    try:
        binary = {k: base64.b64decode(v, validate=True) for k, v in body.get("binaryData", {}).items()}
    except ValueError as error:
        raise Refusal(400, f"binaryData: {error}")
    for key in [*body.get("data", {}), *binary]:
        if not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", key):
            raise Refusal(422, f"data[{key}]: Invalid value: a valid config key must be given")
    size = sum(len(k.encode()) + len(v.encode()) for k, v in body.get("data", {}).items())
    if size + sum(len(k.encode()) + len(v) for k, v in binary.items()) > 1 << 20:
        raise Refusal(422, "[]: Too long: must have at most 1048576 bytes")
    return body


def stored(body, previous=None):
    metadata = {k: v for k, v in body["metadata"].items() if k not in MANAGED}
    metadata["namespace"] = NAMESPACE
    metadata["uid"] = previous["metadata"]["uid"] if previous else str(uuid.uuid4())
    metadata["creationTimestamp"] = (previous["metadata"]["creationTimestamp"] if previous
                                     else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    metadata["resourceVersion"] = str(len(CALLS))
    return {**body, "metadata": metadata}


def answer(method, path, content_type, token, body):
    """The status and the object that a call is answered with."""
    if FAILURES:
        raise Refusal(FAILURES.pop(0), "asked to fail")
    if token != "Bearer " + open(os.path.join(FOLDER, "token")).read().strip():
        raise Refusal(401, "Unauthorized")
    match = re.fullmatch(r"/api/v1/namespaces/([^/]+)/configmaps(?:/([^/]+))?", path.partition("?")[0])
    if not match:
        raise Refusal(404, "the server could not find the requested resource")
    namespace, name = match.groups()
    if namespace != NAMESPACE:
        raise Refusal(403, f'configmaps is forbidden: cannot be used in the namespace "{namespace}"')
    if method == "POST" and name is None:
        if content_type != "application/json":
            raise Refusal(415, f"the body of the request was in an unknown format: {content_type}")
        name = checked(body)["metadata"]["name"]
        if name in OBJECTS:
            raise Refusal(409, f'configmaps "{name}" already exists')
        OBJECTS[name] = stored(body)
        return 201, OBJECTS[name]
    if method not in ("GET", "PATCH") or name is None:
        raise Refusal(405, "the server does not allow this method on the requested resource")
    if method == "PATCH" and content_type == "application/apply-patch+yaml":
        return apply(name, body, path.partition("?")[2])
    if name not in OBJECTS:
        raise Refusal(404, f'configmaps "{name}" not found')
    if method == "PATCH":
        if content_type != "application/merge-patch+json":
            raise Refusal(415, f"the body of the request was in an unknown format: {content_type}")
        OBJECTS[name] = stored(checked(merged(OBJECTS[name], body), name), OBJECTS[name])
    return 200, OBJECTS[name]


def apply(name, body, query):
    """Server-side apply by one manager, who owns what it applies; what it no longer applies goes."""
    if not re.search(r"(^|&)fieldManager=[^&]+", query):
        raise Refusal(400, "PatchOptions.meta.k8s.io is invalid: fieldManager: Required value: is required for apply patch")
    previous = OBJECTS.get(name)
    if previous is not None and name not in APPLIED:
        for key, value in body.get("data", {}).items():
            if previous.get("data", {}).get(key, value) != value:
                raise Refusal(409, f'Apply failed with 1 conflict: conflict with "kubectl-create": .data.{key}')
    APPLIED.add(name)
    OBJECTS[name] = stored(checked(merged(previous or {}, body), name), previous)
    return (200 if previous else 201), OBJECTS[name]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        # In the connection's own thread, so that a client that never shakes hands holds up nobody else.
        self.request.settimeout(30)
        self.request.do_handshake()
        super().setup()

    def handle_call(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content_type = (self.headers.get("Content-Type") or "").partition(";")[0].strip()
        OPEN.wait()
        with LOCK:
            call = {"method": self.command, "path": self.path, "contentType": content_type,
                    "time": time.time(), "body": raw.decode(errors="replace")}
            CALLS.append(call)
            try:
                body = json.loads(raw) if raw else None
                status, result = answer(
                    self.command, self.path, content_type, self.headers.get("Authorization"), body)
            except ValueError as error:
                status, result = failure(400, f"the body is not JSON: {error}")
            except Refusal as refusal:
                status, result = failure(refusal.status, str(refusal))
            call["status"] = status
            save()
        content = json.dumps(result).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_call

    def log_message(self, *arguments):
        pass


def failure(status, message):
    return status, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
                    "reason": REASONS.get(status, ""), "code": status}


def save():
    path = os.path.join(FOLDER, "state.json")
    with open(path + ".new", "w") as file:
        json.dump({"calls": CALLS, "objects": OBJECTS}, file)
    os.replace(path + ".new", path)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A client that hangs up, or does not trust the certificate, is part of some tests.
        pass


class Server6(Server):
    address_family = socket.AF_INET6


def listen():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.path.join(FOLDER, "server.crt"), os.path.join(FOLDER, "server.key"))
    servers = [Server(("127.0.0.1", 0), Handler)]
    port = servers[0].server_address[1]
    try:
        servers.append(Server6(("::1", port), Handler))
    except OSError:
        pass  # No IPv6 on this machine, or somebody else has the port there.
    for server in servers:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    return port


def main():
    try:
        for line in sys.stdin:
            command, *arguments = line.split()
            result = "ok"
            with LOCK:
                if command == "start":
                    save()
                    result = f"ok {listen()}"
                elif command == "fail":
                    FAILURES.extend([int(arguments[0])] * int(arguments[1]))
                elif command == "hold":
                    OPEN.clear()
                elif command == "release":
                    OPEN.set()
                elif command == "delete":
                    OBJECTS.pop(arguments[0], None)
                    APPLIED.discard(arguments[0])
                    save()
                else:
                    result = "failed: unknown command"
            print(result, flush=True)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


main()
