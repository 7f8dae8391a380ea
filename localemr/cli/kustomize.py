"""The images of LocalEMR as a component of Kustomize, for kubernetes/ (docs/kubernetes.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

NAMESPACE = "localemr"
"""That of kubernetes/base, whose settings the component changes."""
HEAD = """\
# Written by `localemr images env --kustomize`.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
"""


def component(references: Iterable[str], registry: str) -> str:
    """Gives images their tags, and the prefix of a registry (empty: none), also in the controller's settings.
    `references` are as `localemr/minio:TAG`."""
    prefix = f"{registry}/" if registry else ""
    lines = ["images:"]
    for reference in references:
        name, _, tag = reference.rpartition(":")
        # Quoted: a digest may look like a number.
        lines += [f"  - name: {name}", f"    newName: {prefix}{name}", f'    newTag: "{tag}"']
    settings = f"""\
configMapGenerator:
  - name: settings
    namespace: {NAMESPACE}
    behavior: merge
    literals:
      - LOCALEMR_REGISTRY={registry}
"""
    return HEAD + "\n".join(lines) + "\n" + settings


def overlay(base: str, registry: str, settings: Mapping[str, str], keys: tuple[str, str]) -> str:
    """An overlay of kubernetes/ with these settings of the controller and these keys. `base` is the path of the overlay
    that it changes, `registry` has the images."""
    chosen = {"LOCALEMR_REGISTRY": registry, **settings}
    literals = "".join(f"      - {json.dumps(f'{name}={value}')}\n" for name, value in chosen.items())
    access, secret = (json.dumps(f"{name}-key={key}") for name, key in zip(("access", "secret"), keys, strict=True))
    return f"""\
# Written by `localemr up --runtime kubernetes`.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [{base}]
configMapGenerator:
  - name: settings
    namespace: {NAMESPACE}
    behavior: merge
    literals:
{literals}secretGenerator:
  - name: keys
    namespace: {NAMESPACE}
    behavior: replace
    literals:
      - {access}
      - {secret}
"""
