"""The runtime on Kubernetes (docs/kubernetes.md): an instance is a pod, a cluster a headless Service.

runtime.py has the verbs, manifests.py what they create, pods.py what pods mean, copies.py the watched copies of the API
server's objects, client.py the connection. Nothing outside this package knows Kubernetes' objects.
"""
