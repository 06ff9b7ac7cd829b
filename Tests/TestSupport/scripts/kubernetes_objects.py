"""The objects that a stand-in for a cluster keeps."""

import sys
import uuid

NAMESPACE = sys.argv[1]
# By (group, plural, namespace, name).
OBJECTS = {}
VERSION = [1]
CLOCK = [0]
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
    ("batch", ["v1"], "cronjobs", "CronJob", ["cj"]),
    ("policy", ["v1"], "poddisruptionbudgets", "PodDisruptionBudget", ["pdb"]),
    ("rbac.authorization.k8s.io", ["v1"], "roles", "Role", []),
    ("rbac.authorization.k8s.io", ["v1"], "rolebindings", "RoleBinding", []),
    ("networking.k8s.io", ["v1"], "networkpolicies", "NetworkPolicy", ["netpol"]),
    ("rhdh.redhat.com", ["v1alpha3", "v1alpha4", "v1alpha5"], "backstages", "Backstage", []),
    ("sonataflow.org", ["v1alpha08"], "sonataflowplatforms", "SonataFlowPlatform", []),
    ("sonataflow.org", ["v1alpha08"], "sonataflows", "SonataFlow", []),
    ("postgresql.cnpg.io", ["v1"], "clusters", "Cluster", []),
    ("argoproj.io", ["v1alpha1"], "applications", "Application", ["app"]),
    ("argoproj.io", ["v1beta1"], "argocds", "ArgoCD", []),
    ("kustomize.toolkit.fluxcd.io", ["v1"], "kustomizations", "Kustomization", ["ks"]),
    ("cert-manager.io", ["v1"], "certificates", "Certificate", []),
    ("bitnami.com", ["v1alpha1"], "sealedsecrets", "SealedSecret", []),
    ("external-secrets.io", ["v1"], "externalsecrets", "ExternalSecret", ["es"]),
    ("external-secrets.io", ["v1"], "secretstores", "SecretStore", ["ss"]),
    ("monitoring.coreos.com", ["v1"], "prometheusrules", "PrometheusRule", []),
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
    if "creationTimestamp" not in meta:
        CLOCK[0] += 1
        meta["creationTimestamp"] = f"2026-01-01T{CLOCK[0] // 3600:02}:{CLOCK[0] // 60 % 60:02}:{CLOCK[0] % 60:02}Z"
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


def delete(key):
    """Takes an object away, and with a Job its pods."""
    value = OBJECTS.pop(key, None)
    if value and key[1] == "jobs":
        for other in pods_of({"job-name": key[3]}):
            OBJECTS.pop(other)


def pods_of(labels):
    """The keys of all pods with the labels."""
    return [key for key, value in OBJECTS.items() if key[1] == "pods"
            and labels.items() <= value["metadata"].get("labels", {}).items()]
