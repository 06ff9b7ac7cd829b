"""Speaks as much of the Kubernetes API as kubectl needs for the commands of a runbook; kubernetes_controllers.py acts.

    kubernetes-cluster.py NAMESPACE deletes|keeps

The last argument says what the operator does with a local database that is switched off. Commands come as lines on
standard input, each is answered by one line:
    start     listen on a free port of 127.0.0.1, over plain HTTP; answers "ok PORT"
    names     answers "ok" and every object, as RESOURCE/NAME
    fail HOW  the next Job that moves databases fails: "exit" as its pod did, "deadline" with its pods taken away;
              "toolDeadline" is that of the next tool
When standard input closes, the program ends.
"""

import http.server
import json
import re
import sys
import threading
import urllib.parse

from kubernetes_controllers import FAILURES, log, looked_at
from kubernetes_objects import NAMESPACE, OBJECTS, RESOURCES, VERSION, Refusal, delete, merged, put

LOCK = threading.RLock()


# MARK: The API

def find_resource(group, version, plural):
    for entry in RESOURCES:
        if entry[0] == group and version in entry[1] and entry[2] == plural:
            return entry
    raise Refusal(404, "NotFound", "the server could not find the requested resource")


def shown(value, version=None):
    result = {key: part for key, part in value.items() if not key.startswith("_")}
    if version:
        result["apiVersion"] = version
    return result


def matches(value, query):
    labels = value["metadata"].get("labels", {})
    for term in filter(None, query.get("labelSelector", "").split(",")):
        key, _, wanted = term.partition("=")
        if labels.get(key) != wanted.lstrip("="):
            return False
    for term in filter(None, query.get("fieldSelector", "").split(",")):
        key, _, wanted = term.partition("=")
        if key == "metadata.name" and value["metadata"]["name"] != wanted.lstrip("="):
            return False
    return True


def discovery(path):
    groups = sorted({entry[0] for entry in RESOURCES if entry[0]})
    versions = {g: sorted({v for e in RESOURCES if e[0] == g for v in e[1]}, reverse=True) for g in groups}
    if path == "/version":
        return {"major": "1", "minor": "32", "gitVersion": "v1.32.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
            {"name": g, "versions": [{"groupVersion": f"{g}/{v}", "version": v} for v in versions[g]],
             "preferredVersion": {"groupVersion": f"{g}/{versions[g][0]}", "version": versions[g][0]}}
            for g in groups]}
    if path == "/openapi/v3":
        names = ["api/v1"] + [f"apis/{g}/{v}" for g in groups for v in versions[g]]
        return {"paths": {name: {"serverRelativeURL": f"/openapi/v3/{name}"} for name in names}}
    match = re.fullmatch(r"(/openapi/v3)?/(api/v1|apis/([^/]+)/([^/]+))", path)
    if not match:
        return None
    group, version = match[3] or "", match[4] or "v1"
    entries = [entry for entry in RESOURCES if entry[0] == group and version in entry[1]]
    if not entries:
        return None
    if not match[1]:
        return {"kind": "APIResourceList", "apiVersion": "v1",
                "groupVersion": f"{group}/{version}" if group else version,
                "resources": [{"name": e[2], "singularName": e[3].lower(), "namespaced": True, "kind": e[3],
                               "shortNames": e[4],
                               "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"]}
                              for e in entries]}
    # That the server checks fields itself is all that kubectl looks for here.
    paths = {f"/{match[2]}/namespaces/{{namespace}}/{e[2]}/{{name}}": {"patch": {
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": e[3]},
        "parameters": [{"name": "fieldValidation", "in": "query"}]}} for e in entries}
    return {"openapi": "3.0.0", "info": {"title": "x", "version": "x"}, "paths": paths}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, value, kind="application/json"):
        data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            found = discovery(url.path) if self.command == "GET" else None
            if found:
                return self.answer(200, found)
            with LOCK:
                if self.command == "GET":
                    looked_at(url.path)
                result = self.handle_object(url.path, query, json.loads(body) if body else None)
            if result is not None:
                self.answer(*result)
        except Refusal as refusal:
            self.answer(refusal.status, {
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": str(refusal),
                "reason": refusal.reason, "code": refusal.status})

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = serve

    def handle_object(self, path, query, body):
        match = re.fullmatch(
            r"/(?:api/(v1)|apis/([^/]+)/([^/]+))(?:/namespaces/([^/]+))?/([a-z]+)(?:/([^/]+))?(/log)?", path)
        if not match:
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        group, version = match[2] or "", match[1] or match[3]
        _, _, plural, kind, _ = find_resource(group, version, match[5])
        api = f"{group}/{version}" if group else version
        namespace, name = match[4], match[6]
        key = (group, plural, namespace, name)
        if plural == "secrets" and body and "sops" in body:
            raise Refusal(400, "BadRequest", 'strict decoding error: unknown field "sops"')
        missing = Refusal(404, "NotFound", f'{plural}{"." if group else ""}{group} "{name}" not found')
        if name is None and self.command == "GET":
            items = [shown(value, api) for (g, p, n, _), value in OBJECTS.items()
                     if (g, p) == (group, plural) and namespace in (None, n) and matches(value, query)]
            if query.get("watch"):
                return self.watch(group, plural, query, api)
            return 200, {"kind": f"{kind}List", "apiVersion": api,
                         "metadata": {"resourceVersion": str(VERSION[0])}, "items": items}
        if self.command == "POST":
            wanted = body["metadata"].get("name")
            if wanted and (group, plural, namespace, wanted) in OBJECTS:
                raise Refusal(409, "AlreadyExists", f'{plural} "{wanted}" already exists')
            return 201, shown(put(group, plural, body, namespace), api)
        if name is None and self.command == "DELETE":
            for other in [k for k, v in OBJECTS.items() if k[:3] == (group, plural, namespace) and matches(v, query)]:
                delete(other)
            return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}
        if key not in OBJECTS:
            raise missing
        value = OBJECTS[key]
        if match[7]:
            return 200, log(value, query.get("container")), "text/plain"
        if self.command == "GET":
            return 200, shown(value, api)
        if self.command == "DELETE":
            delete(key)
            return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success",
                         "details": {"name": name, "kind": plural, "uid": value["metadata"]["uid"]}}
        new = merged(value, body) if self.command == "PATCH" else body
        if group == "batch" and new.get("spec", {}).get("template") != value["spec"].get("template"):
            raise Refusal(422, "Invalid", f'Job.batch "{name}" is invalid: spec.template: field is immutable')
        return 200, shown(put(group, plural, new, namespace), api)

    def watch(self, group, plural, query, api):
        """Whatever there is now, and then the end: kubectl asks again."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        for (g, p, _, _), value in list(OBJECTS.items()):
            if (g, p) == (group, plural) and matches(value, query):
                event = {"type": "MODIFIED", "object": shown(value, api)}
                self.wfile.write(json.dumps(event).encode() + b"\n")
        self.close_connection = True


def fill():
    """What is there before anything is moved, beside the CR, which its owner applies."""
    for name in ["portal-db-credentials", "portal-db-admin", "portal-db-tls", "portal-secrets", "portal-postgres"]:
        put("", "secrets", {"metadata": {"name": name}, "data": {"POSTGRES_PASSWORD": "cHc="}})
    put("", "configmaps", {"metadata": {"name": "argocd-cm"}}, "openshift-gitops")
    put("argoproj.io", "argocds", {"metadata": {"name": "openshift-gitops"}, "spec": {}}, "openshift-gitops")
    put("sonataflow.org", "sonataflows", {"metadata": {"name": "greeting"}, "spec": {}})


def main():
    for line in sys.stdin:
        command = line.strip()
        if command == "start":
            fill()
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            print(f"ok {server.server_address[1]}", flush=True)
        elif command.startswith("fail "):
            FAILURES.append(command.removeprefix("fail "))
            print("ok", flush=True)
        elif command == "names":
            with LOCK:
                print("ok " + " ".join(sorted(f"{k[1]}/{k[3]}" for k in OBJECTS)), flush=True)
        else:
            print("failed: unknown command", flush=True)


main()
