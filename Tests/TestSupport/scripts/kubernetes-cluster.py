"""Speaks as much of the Kubernetes API as kubectl needs for the commands of a runbook, and acts as the controllers that
they wait for. Nothing runs: Jobs end by themselves, a database is up as soon as it is asked for.

    kubernetes-cluster.py NAMESPACE INSTANCE

Commands come as lines on standard input, each is answered by one line:
    start     listen on a free port of 127.0.0.1, over plain HTTP; answers "ok PORT"
    names     answers "ok" and every object, as RESOURCE/NAME
When standard input closes, the program ends.

What takes time in a cluster takes some looks here: a Job has no pod at first, then one that is being created, then one
that has failed and a second that ends well; the operator acts some looks after a CR has changed.
"""

import copy
import http.server
import json
import re
import sys
import threading
import urllib.parse
import uuid

NAMESPACE, INSTANCE = sys.argv[1:]
LOCK = threading.RLock()
# By (group, plural, namespace, name).
OBJECTS = {}
VERSION = [1]
# Group, versions, plural, kind, short names. All of them have namespaces.
RESOURCES = [
    ("", ["v1"], "pods", "Pod", ["po"]),
    ("", ["v1"], "events", "Event", []),
    ("", ["v1"], "secrets", "Secret", []),
    ("", ["v1"], "configmaps", "ConfigMap", ["cm"]),
    ("", ["v1"], "services", "Service", ["svc"]),
    ("", ["v1"], "serviceaccounts", "ServiceAccount", ["sa"]),
    ("", ["v1"], "persistentvolumeclaims", "PersistentVolumeClaim", ["pvc"]),
    ("", ["v1"], "resourcequotas", "ResourceQuota", ["quota"]),
    ("apps", ["v1"], "deployments", "Deployment", ["deploy"]),
    ("apps", ["v1"], "statefulsets", "StatefulSet", ["sts"]),
    ("apps", ["v1"], "controllerrevisions", "ControllerRevision", []),
    ("apps", ["v1"], "replicasets", "ReplicaSet", ["rs"]),
    ("batch", ["v1"], "jobs", "Job", []),
    ("rbac.authorization.k8s.io", ["v1"], "roles", "Role", []),
    ("rbac.authorization.k8s.io", ["v1"], "rolebindings", "RoleBinding", []),
    ("networking.k8s.io", ["v1"], "networkpolicies", "NetworkPolicy", ["netpol"]),
    ("rhdh.redhat.com", ["v1alpha4", "v1alpha5"], "backstages", "Backstage", []),
    ("sonataflow.org", ["v1alpha08"], "sonataflowplatforms", "SonataFlowPlatform", []),
    ("sonataflow.org", ["v1alpha08"], "sonataflows", "SonataFlow", []),
    ("postgresql.cnpg.io", ["v1"], "clusters", "Cluster", []),
    ("argoproj.io", ["v1alpha1"], "applications", "Application", ["app"]),
    ("kustomize.toolkit.fluxcd.io", ["v1"], "kustomizations", "Kustomization", ["ks"]),
    ("cert-manager.io", ["v1"], "certificates", "Certificate", []),
]


class Refusal(Exception):
    def __init__(self, status, reason, message):
        super().__init__(message)
        self.status, self.reason = status, reason


def put(group, plural, value, namespace=NAMESPACE):
    """Keeps an object, as the API server does."""
    meta = value.setdefault("metadata", {})
    meta.setdefault("namespace", namespace)
    if "name" not in meta:
        meta["name"] = meta.pop("generateName", "x-") + uuid.uuid4().hex[:5]
    meta.setdefault("uid", str(uuid.uuid4()))
    meta.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
    VERSION[0] += 1
    meta["resourceVersion"] = str(VERSION[0])
    for g, versions, p, kind, _ in RESOURCES:
        if (g, p) == (group, plural):
            value.setdefault("apiVersion", f"{g}/{versions[0]}" if g else versions[0])
            value.setdefault("kind", kind)
    OBJECTS[(group, plural, meta["namespace"], meta["name"])] = value
    return value


def get(group, plural, name, namespace=NAMESPACE):
    return OBJECTS.get((group, plural, namespace, name))


def remove(group, plural, name, namespace=NAMESPACE):
    return OBJECTS.pop((group, plural, namespace, name), None)


def merged(target, patch):
    """RFC 7396; of a strategic merge it does what the runbooks' objects need."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


# MARK: Controllers

def looked_at(path):
    """Lets everything go on a little that somebody looks at."""
    for (group, plural, _, _), value in list(OBJECTS.items()):
        if (group, plural) == ("batch", "jobs"):
            if re.search(r"/(pods|jobs)", path):
                run_job(value)
        elif (group, plural) == ("rhdh.redhat.com", "backstages"):
            if re.search(r"/(deployments|statefulsets)", path):
                reconcile(value)
        elif plural == "statefulsets":
            settle(value)
        elif plural in ("clusters", "sonataflowplatforms", "kustomizations", "certificates"):
            ready(value)


def ready(value):
    name = "Succeed" if value["kind"] == "SonataFlowPlatform" else "Ready"
    value["status"] = {"conditions": [{"type": name, "status": "True"}]}
    roles = value.get("spec", {}).get("managed", {}).get("roles", [])
    value["status"]["managedRolesStatus"] = {"byStatus": {"reconciled": [role["name"] for role in roles]}}


def settle(value):
    spec = value.setdefault("spec", {})
    count = spec.setdefault("replicas", 1)
    spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})
    value["metadata"].setdefault("generation", 1)
    value["status"] = {"observedGeneration": 1, "replicas": count, "readyReplicas": count, "updatedReplicas": count,
                       "availableReplicas": count, "currentReplicas": count, "currentRevision": "a",
                       "updateRevision": "a"}


def run_job(job):
    name, uid = job["metadata"]["name"], job["metadata"]["uid"]
    steps = job.setdefault("_steps", [0])
    if job.get("status", {}).get("conditions"):
        return
    steps[0] += 1
    labels = {"job-name": name, "batch.kubernetes.io/job-name": name, "controller-uid": uid}
    job["spec"]["selector"] = {"matchLabels": {"controller-uid": uid}}
    is_tool = "ttlSecondsAfterFinished" in job["spec"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    moment = steps[0] + (2 if is_tool else 0)

    def pod(number, phase, state):
        put("", "pods", {
            "metadata": {"name": f"{name}-{number}", "labels": dict(labels),
                         "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": uid,
                                              "controller": True}]},
            "spec": {"containers": [{"name": container["name"], "image": "x"}]},
            "status": {"phase": phase, "containerStatuses": [{"name": container["name"], "state": state}]}})

    def ended(code, message):
        return {"terminated": {"exitCode": code, "message": message}}

    if moment == 3:
        pod(1, "Pending", {"waiting": {"reason": "ContainerCreating"}})
    elif moment == 5 and not is_tool:
        pod(1, "Failed", ended(75, "the first try is over"))
        pod(2, "Pending", {"waiting": {"reason": "ContainerCreating"}})
    elif moment == 7:
        pod(1 if is_tool else 2, "Succeeded", ended(0, "all is done"))
        job["status"] = {"succeeded": 1, "conditions": [{"type": "SuccessCriteriaMet", "status": "True"},
                                                        {"type": "Complete", "status": "True"}]}
        environment = {item["name"]: item.get("value") for item in container["env"]}
        if environment.get("REHOME_GATE") == "job" and not is_tool:
            put("", "configmaps", {"metadata": {"name": environment["REHOME_RECEIPT_NAME"]}, "data": {"k": "v"}})


def log(pod):
    """The log of a pod's container."""
    state = pod["status"]["containerStatuses"][0]["state"]
    name = pod["metadata"]["name"]
    if "waiting" in state:
        raise Refusal(400, "BadRequest", f'container "rehome-job" in pod "{name}" is waiting to start: ContainerCreating')
    job = get("batch", "jobs", pod["metadata"]["labels"]["job-name"])
    environment = {i["name"]: i.get("value") for i in job["spec"]["template"]["spec"]["containers"][0]["env"]}
    receipt = environment.get("REHOME_RECEIPT_NAME")
    text = f"log of {name}\n"
    if environment.get("REHOME_GATE") == "manual" and receipt and pod["status"]["phase"] == "Succeeded":
        value = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": receipt, "namespace": NAMESPACE},
                 "data": {"k": "v"}}
        text += f"REHOME-RECEIPT-BEGIN {receipt}\n{json.dumps(value)}\nREHOME-RECEIPT-END {receipt}\n"
    return text


def reconcile(backstage):
    """As the operator up to 1.9 does, which deletes the local database."""
    name = backstage["metadata"]["name"]
    spec = backstage.get("spec", {})
    steps = backstage.setdefault("_steps", [0])
    if backstage.get("_seen") != spec:
        backstage["_seen"] = copy.deepcopy(spec)
        steps[0] = 0
    steps[0] += 1
    if steps[0] < 3:
        return
    application = spec.get("application", {})
    envs = application.get("extraEnvs", {})
    sources = [("configMapRef", item["name"]) for item in envs.get("configMaps", []) if "key" not in item]
    sources += [("secretRef", item["name"]) for item in envs.get("secrets", []) if "key" not in item]
    # A ConfigMap that is missing keeps it from doing anything.
    if any(kind == "configMapRef" and not get("", "configmaps", own) for kind, own in sources):
        return
    local, secret = f"backstage-psql-{name}", f"backstage-psql-secret-{name}"
    database = spec.get("database", {})
    if database.get("enableLocalDb") is False:
        remove("apps", "statefulsets", local)
        remove("", "services", local)
        remove("", "secrets", secret)
    else:
        if not get("apps", "statefulsets", local):
            put("apps", "statefulsets", {"metadata": {"name": local}, "spec": {"selector": {}}})
            put("", "services", {"metadata": {"name": local}, "spec": {}})
            put("", "persistentvolumeclaims", {"metadata": {"name": f"data-{local}-0"}, "spec": {}})
        named = database.get("authSecretName")
        if named and not get("", "secrets", named):
            return
        if not named and not get("", "secrets", secret):
            put("", "secrets", {"metadata": {"name": secret}, "data": {
                "POSTGRES_USER": "cG9zdGdyZXM=", "POSTGRES_PASSWORD": "cHc=", "POSTGRES_HOST": "aG9zdA==",
                "POSTGRES_PORT": "NTQzMg=="}})
        if not named:
            sources = [("secretRef", secret)] + sources
    deployment = f"backstage-{name}"
    old = get("apps", "deployments", deployment)
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [
        {"name": "backstage-backend", "image": "x", "envFrom": [{kind: {"name": own}} for kind, own in sources]}]}}
    if old and old["spec"]["template"] == template:
        return
    generation = old["metadata"]["generation"] + 1 if old else 1
    put("apps", "deployments", {
        "metadata": {"name": deployment, "generation": generation},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template},
        "status": {"observedGeneration": generation, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1,
                   "availableReplicas": 1, "conditions": []}})
    put("", "pods", {"metadata": {"name": f"{deployment}-0", "labels": {"app": name, "job-name": "none"}},
                     "spec": {"containers": [{"name": "backstage-backend", "image": "x"}]},
                     "status": {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}})


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
                self.delete(other)
            return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}
        if key not in OBJECTS:
            raise missing
        value = OBJECTS[key]
        if match[7]:
            return 200, log(value) if plural == "pods" and "job-name" in value["metadata"]["labels"] and \
                value["metadata"]["labels"]["job-name"] != "none" else "log\n", "text/plain"
        if self.command == "GET":
            return 200, shown(value, api)
        if self.command == "DELETE":
            self.delete(key)
            return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success",
                         "details": {"name": name, "kind": plural, "uid": value["metadata"]["uid"]}}
        new = merged(value, body) if self.command == "PATCH" else body
        if group == "batch" and new.get("spec", {}).get("template") != value["spec"].get("template"):
            raise Refusal(422, "Invalid", f'Job.batch "{name}" is invalid: spec.template: field is immutable')
        return 200, shown(put(group, plural, new, namespace), api)

    def delete(self, key):
        value = OBJECTS.pop(key, None)
        if value and key[1] == "jobs":
            for other in [k for k, v in OBJECTS.items() if k[1] == "pods"
                          and v["metadata"].get("labels", {}).get("job-name") == key[3]]:
                OBJECTS.pop(other)

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
    for name in ["portal-db-credentials", "portal-db-admin", "portal-db-tls", "portal-secrets"]:
        put("", "secrets", {"metadata": {"name": name}, "data": {"POSTGRES_PASSWORD": "cHc="}})
    put("", "configmaps", {"metadata": {"name": "argocd-cm"}}, "openshift-gitops")


def main():
    for line in sys.stdin:
        command = line.strip()
        if command == "start":
            fill()
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            print(f"ok {server.server_address[1]}", flush=True)
        elif command == "names":
            with LOCK:
                print("ok " + " ".join(sorted(f"{k[1]}/{k[3]}" for k in OBJECTS)), flush=True)
        else:
            print("failed: unknown command", flush=True)


main()
