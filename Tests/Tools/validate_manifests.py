#!/usr/bin/env python3
"""Validate rendered manifests: core kinds against the Kubernetes schemas, custom resources against their CRDs.

usage: validate_manifests.py --venv DIR [--crds DIR] FOLDER...

Installs what it needs from PyPI into DIR on first use. Exit codes: 0 all valid, 1 something is not, 77 the packages
cannot be had. Custom resources without a CRD in --crds are named as not validated.
"""

import argparse
import pathlib
import sys

import packages

# The oldest release whose Job knows podReplacementPolicy by default, and the newest that the package brings.
OLDEST = "1.29"
# What kustomize reads, and a patch for `kubectl patch`: no object of an API server.
NOT_OBJECTS = ("kustomization.yaml", "health-checks.yaml", "health-checks-openshift-gitops.yaml")


def closed(schema):
    """The schema with unknown fields refused where the API server would prune them."""
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties"):
            result[key] = {name: closed(child) for name, child in value.items()}
        elif key in ("items", "additionalProperties", "not"):
            result[key] = closed(value)
        elif key in ("anyOf", "allOf", "oneOf"):
            # Branches repeat some fields only; closing them would refuse the others.
            result[key] = value
        else:
            result[key] = value
    if result.get("x-kubernetes-int-or-string"):
        result.pop("type", None)
    elif (
        "properties" in result
        and "additionalProperties" not in result
        and not result.get("x-kubernetes-preserve-unknown-fields")
    ):
        result["additionalProperties"] = False
    return result


def load_crds(folder):
    import yaml

    schemas = {}
    for path in sorted(folder.glob("*.yaml")) if folder else []:
        for crd in yaml.safe_load_all(path.read_text()):
            if not crd or crd.get("kind") != "CustomResourceDefinition":
                continue
            spec = crd["spec"]
            for version in spec["versions"]:
                schema = closed(version["schema"]["openAPIV3Schema"])
                schema.pop("additionalProperties", None)
                schemas[(f"{spec['group']}/{version['name']}", spec["names"]["kind"])] = schema
    return schemas


def problems_of(document, crds):
    import jsonschema
    import kubernetes_validate

    kind = (document.get("apiVersion"), document.get("kind"))
    if kind in crds:
        validator = jsonschema.Draft7Validator(crds[kind])
        return [f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(document)]
    found = []
    for version in (OLDEST, kubernetes_validate.latest_version()):
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            return None
        except kubernetes_validate.ValidationError as error:
            found.append(f"Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--venv", type=pathlib.Path, required=True)
    parser.add_argument("--crds", type=pathlib.Path)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    packages.enter(arguments.venv)
    import yaml

    crds = load_crds(arguments.crds)
    failed = False
    count = 0
    for folder in arguments.folders:
        for path in sorted(folder.rglob("*.yaml")):
            if path.name in NOT_OBJECTS:
                continue
            for document in yaml.safe_load_all(path.read_text()):
                if "values" in path.relative_to(folder).parts:
                    continue  # Values, patches and a plugin of Helm, which are no objects.
                document.pop("sops", None)  # Flux takes it away before it applies the rest.
                found = problems_of(document, crds)
                if found is None:
                    print(f"not validated, no schema: {path}: {document['apiVersion']} {document['kind']}")
                    continue
                count += 1
                for problem in found:
                    failed = True
                    print(f"{path}: {problem}")
    print(f"{count} objects validated")
    sys.exit(1 if failed or not count else 0)


main()
