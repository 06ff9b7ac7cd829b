"""The controllers that a runbook waits for. Nothing runs: Jobs end by themselves, a database is up as soon as it is asked
for.

What takes time in a cluster takes some looks here: a Job has no pod at first, then one that is being created, then one
that has failed and a second that ends well; the operator acts some looks after a CR has changed; a new pod of Backstage
stands beside the old one until all that it waits for is there.
"""

import copy
import json
import re
import sys

from kubernetes_objects import NAMESPACE, OBJECTS, Refusal, get, pods_of, put, remove

# "deletes" where the operator, up to 1.9, deletes the local database that a CR switches off.
DELETES = sys.argv[2] == "deletes"
# How the next Jobs that move databases end, and what a person's Jobs have said.
FAILURES = []
WORDS = set()


def looked_at(path):
    """Lets everything go on a little that somebody looks at."""
    for (group, plural, _, _), value in list(OBJECTS.items()):
        if (group, plural) == ("batch", "jobs"):
            if re.search(r"/(pods|jobs)", path):
                run_job(value)
        elif (group, plural) == ("rhdh.redhat.com", "backstages"):
            if re.search(r"/(deployments|statefulsets)", path):
                reconcile(value)
        elif plural == "deployments":
            roll_out(value)
        elif plural == "statefulsets":
            settle(value)
        elif plural in ("clusters", "sonataflowplatforms", "kustomizations", "certificates", "sealedsecrets",
                        "externalsecrets"):
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
    name, namespace = value["metadata"]["name"], value["metadata"]["namespace"]
    if not get("", "pods", f"{name}-0", namespace):
        put("", "pods", pod(f"{name}-0", {"app": name}, "postgresql", "Running", {"running": {}}), namespace)
    if not get("", "persistentvolumeclaims", f"data-{name}-0", namespace):
        put("", "persistentvolumeclaims", {"metadata": {"name": f"data-{name}-0"}, "spec": {}}, namespace)


def pod(name, labels, container, phase, state, doors=()):
    value = {"metadata": {"name": name, "labels": dict(labels)},
             "spec": {"containers": [{"name": container, "image": "x"}],
                      "initContainers": [{"name": door, "image": "x"} for door in doors]},
             "status": {"phase": phase, "containerStatuses": [{"name": container, "state": state}]}}
    if "running" in state:
        value["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    return value


# MARK: Jobs

def environment(job):
    container = job["spec"]["template"]["spec"]["containers"][0]
    return {item["name"]: item.get("value") for item in container.get("env", [])}


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

    def pod_is(number, phase, state):
        value = pod(f"{name}-{number}", labels, container["name"], phase, state)
        value["metadata"]["ownerReferences"] = [
            {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": uid, "controller": True}]
        put("", "pods", value)

    def ended(code, message):
        return {"terminated": {"exitCode": code, "message": message}}

    def failed(reason, message):
        job["status"] = {"failed": 1, "conditions": [
            {"type": kind, "status": "True", "reason": reason, "message": message}
            for kind in ("FailureTarget", "Failed")]}

    def comes_to_its_deadline():
        for key in pods_of({"job-name": name}):
            OBJECTS.pop(key)
        failed("DeadlineExceeded", "Job was active longer than specified deadline")

    if moment == 3:
        pod_is(1, "Pending", {"waiting": {"reason": "ContainerCreating"}})
    elif moment == 5 and is_tool and FAILURES[:1] == ["toolDeadline"]:
        FAILURES.pop(0)
        comes_to_its_deadline()
    elif moment == 5 and not is_tool:
        how = FAILURES.pop(0) if FAILURES else ""
        if how == "exit":
            pod_is(1, "Failed", ended(78, "a person must act"))
            failed("PodFailurePolicy", "Container rehome-job failed with exit code 78")
        elif how == "deadline":
            comes_to_its_deadline()
        else:
            pod_is(1, "Failed", ended(75, "the first try is over"))
            pod_is(2, "Pending", {"waiting": {"reason": "ContainerCreating"}})
    elif moment == 6 and not is_tool:
        pod_is(2, "Running", {"running": {}})
    elif moment >= 7 and (is_tool or may_end(environment(job))):
        pod_is(1 if is_tool else 2, "Succeeded", ended(0, "all is done"))
        job["status"] = {"succeeded": 1, "conditions": [{"type": "SuccessCriteriaMet", "status": "True"},
                                                        {"type": "Complete", "status": "True"}]}
        WORDS.update(container["args"][:1])
        receipt = environment(job).get("REHOME_RECEIPT_NAME")
        if environment(job).get("REHOME_GATE") == "job" and not is_tool:
            put("", "configmaps", {"metadata": {"name": receipt}, "data": {"k": "v"}})


def may_end(settings):
    """Whether what the Job waits for beside the copy has come: a word, and new pods at their door."""
    if settings.get("REHOME_CUTOVER") == "onCommand" and "go" not in WORDS:
        return False
    return not settings.get("REHOME_DOORS") or any(
        value["spec"].get("initContainers") for (_, plural, _, _), value in OBJECTS.items() if plural == "pods")


def log(value, container):
    """The log of a pod's container."""
    name = value["metadata"]["name"]
    names = [c["name"] for kind in ("containers", "initContainers") for c in value["spec"].get(kind, [])]
    if container and container not in names:
        raise Refusal(400, "BadRequest", f"container {container} is not valid for pod {name}")
    state = value["status"]["containerStatuses"][0]["state"]
    if "waiting" in state and container in (None, names[0]):
        raise Refusal(400, "BadRequest",
                      f'container "{names[0]}" in pod "{name}" is waiting to start: {state["waiting"]["reason"]}')
    text = f"log of {name}\n"
    job = get("batch", "jobs", value["metadata"].get("labels", {}).get("job-name"))
    settings = environment(job) if job else {}
    receipt = settings.get("REHOME_RECEIPT_NAME")
    if settings.get("REHOME_GATE") == "manual" and receipt and value["status"]["phase"] == "Succeeded":
        made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": receipt, "namespace": NAMESPACE},
                "data": {"k": "v"}}
        text += f"REHOME-RECEIPT-BEGIN {receipt}\n{json.dumps(made)}\nREHOME-RECEIPT-END {receipt}\n"
    return text


# MARK: Backstage

def reconcile(backstage):
    """As the operator does."""
    name = backstage["metadata"]["name"]
    spec = backstage.get("spec", {})
    steps = backstage.setdefault("_steps", [0])
    if backstage.get("_seen") != spec:
        backstage["_seen"] = copy.deepcopy(spec)
        steps[0] = 0
    steps[0] += 1
    if steps[0] < 3:
        return
    envs = spec.get("application", {}).get("extraEnvs", {})
    sources = [("configMapRef", item["name"]) for item in envs.get("configMaps", []) if "key" not in item]
    sources += [("secretRef", item["name"]) for item in envs.get("secrets", []) if "key" not in item]
    # A ConfigMap that is missing keeps it from doing anything.
    if any(kind == "configMapRef" and not get("", "configmaps", own) for kind, own in sources):
        backstage["status"] = {"conditions": [{"type": "Deployed", "status": "False", "reason": "DeployFailed"}]}
        return
    local, secret = f"backstage-psql-{name}", f"backstage-psql-secret-{name}"
    database = spec.get("database", {})
    if database.get("enableLocalDb") is False:
        if DELETES:
            remove("apps", "statefulsets", local)
            remove("", "services", local)
            remove("", "secrets", secret)
            remove("", "pods", f"{local}-0")
    else:
        if not get("apps", "statefulsets", local):
            put("apps", "statefulsets", {"metadata": {"name": local}, "spec": {"selector": {}}})
            put("", "services", {"metadata": {"name": local}, "spec": {}})
        named = database.get("authSecretName")
        if named and not get("", "secrets", named):
            return
        if not named and not get("", "secrets", secret):
            put("", "secrets", {"metadata": {"name": secret}, "data": {
                "POSTGRES_USER": "cG9zdGdyZXM=", "POSTGRES_PASSWORD": "cHc=", "POSTGRES_HOST": "aG9zdA==",
                "POSTGRES_PORT": "NTQzMg=="}})
        if not named:
            sources = [("secretRef", secret)] + sources
    backstage["status"] = {"conditions": [{"type": "Deployed", "status": "True"}]}
    patch = spec.get("deployment", {}).get("patch", {}).get("spec", {}).get("template", {}).get("spec", {})
    template = {"metadata": {"labels": {"app": name}}, "spec": {
        "initContainers": patch.get("initContainers", []),
        "containers": [{"name": "backstage-backend", "image": "x",
                        "envFrom": [{kind: {"name": own}} for kind, own in sources]}]}}
    deployment = get("apps", "deployments", f"backstage-{name}")
    if not deployment:
        deployment = put("apps", "deployments", {
            "metadata": {"name": f"backstage-{name}"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}})
    deployment["spec"]["template"] = template
    roll_out(deployment)


def roll_out(deployment):
    """Gives a Deployment a new pod beside its old one, which goes when the new one is ready."""
    template, meta = deployment["spec"]["template"], deployment["metadata"]
    if deployment.get("_template") != template:
        deployment["_template"] = copy.deepcopy(template)
        meta["generation"] = meta.get("generation", 0) + 1
    labels, name = template["metadata"]["labels"], f'{meta["name"]}-{meta["generation"]}'
    container = template["spec"]["containers"][0]
    doors = [c["name"] for c in template["spec"].get("initContainers", []) if c["name"] == "rehome-door"]
    missing = [ref["name"] for source in container.get("envFrom", []) for kind, ref in source.items()
               if isinstance(ref, dict) and not get("", {"configMapRef": "configmaps", "secretRef": "secrets"}[kind],
                                                    ref["name"], meta["namespace"])]
    waits = "CreateContainerConfigError" if missing else "PodInitializing" if doors and not is_published() else ""
    old = [key for key in pods_of(labels) if key[3] != name]
    # What a pod has read, it has.
    if deployment.get("_ready") == meta["generation"]:
        waits = ""
    elif not waits:
        deployment["_ready"] = meta["generation"]
    state = {"waiting": {"reason": waits}} if waits else {"running": {}}
    if not waits:
        for key in old:
            OBJECTS.pop(key)
    put("", "pods", pod(name, labels, container["name"], "Pending" if waits else "Running", state, doors),
        meta["namespace"])
    deployment["status"] = {
        "observedGeneration": meta["generation"], "replicas": 1 + len(old) * bool(waits), "updatedReplicas": 1,
        "readyReplicas": 1, "availableReplicas": 1, "conditions": []}


def is_published():
    """Whether a Job has come to its end that moves databases."""
    return any(plural == "jobs" and "-copy-" in name and value.get("status", {}).get("succeeded")
               for (_, plural, _, name), value in OBJECTS.items())
