"""Keeps the state of moto's services in files, one a service: written within a second after a call, read at the first.
A file of another version of moto is put aside: its objects would not fit."""

import io
import os
import threading
from collections import defaultdict
from importlib.metadata import version

import cloudpickle
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from moto.backends import get_backend

VERSION = version("moto")
PAUSE = 1.0
"""Seconds between two looks for what has changed."""
LOCK, RLOCK = type(threading.Lock()), type(threading.RLock())


def _key(pem):
    return load_pem_private_key(pem, None)


def _defaultdict(kind, factory):
    """An empty one of a subclass whose own constructor takes other arguments."""
    made = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    return made


class Pickler(cloudpickle.Pickler):
    """Also writes what pickle cannot: locks, which are free when they are read again, and private keys."""

    def reducer_override(self, obj):
        """See pickle."""
        if isinstance(obj, LOCK):
            return threading.Lock, ()
        if isinstance(obj, RLOCK):
            return threading.RLock, ()
        if isinstance(obj, RSAPrivateKey | EllipticCurvePrivateKey):
            return _key, (obj.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),)
        if isinstance(obj, defaultdict) and type(obj) is not defaultdict:
            return _defaultdict, (type(obj), obj.default_factory), obj.__dict__ or None, None, iter(list(obj.items()))
        return super().reducer_override(obj)


class Kept:
    """The files of these services in a folder."""

    def __init__(self, folder, services):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._touched = set()
        self._locks = {each: threading.Lock() for each in services}
        self._read = set()
        self._reported = {}
        self._writing = threading.Lock()

    def start(self):
        """Begin to write, in a thread."""
        threading.Thread(target=self._work, daemon=True).start()

    def stop(self):
        """Write what has changed last."""
        self._write_all()

    def touch(self, service):
        """A call of the service has ended."""
        self._touched.add(service)

    def first(self, service, make=None):
        """At the first call of a service read its file; without one `make` makes what the service begins with."""
        with self._locks[service]:
            if service not in self._read:
                if not self._load(service) and make:
                    make()
                self._read.add(service)

    def _work(self):
        pause = threading.Event()
        while not pause.wait(PAUSE):
            self._write_all()

    def _write_all(self):
        with self._writing:
            for service in sorted(self._touched):
                self._touched.discard(service)
                try:
                    self._save(service)
                except Exception as error:
                    # The next call tries again; what changes while it is written does too.
                    self._report(service, error)

    def _report(self, service, error):
        if isinstance(error, RuntimeError):
            self._touched.add(service)
        elif self._reported.get(service) != repr(error):
            self._reported[service] = repr(error)
            print(f"the state of {service} is not kept: {error!r}", flush=True)

    def _file(self, service):
        return self._folder / f"{service}.pickle"

    def _save(self, service):
        found = {
            (account, region): backend
            for account, regions in list(get_backend(service).items())
            for region, backend in list(regions.items())
        }
        text = io.BytesIO()
        Pickler(text).dump((VERSION, found))
        new = self._folder / f"{service}.new"
        with new.open("wb") as file:
            file.write(text.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file(service))

    def _load(self, service):
        """Whether there was a file that could be read."""
        file = self._file(service)
        if not file.exists():
            return False
        try:
            made_by, found = cloudpickle.loads(file.read_bytes())
            if made_by != VERSION:
                raise ValueError(f"it is of version {made_by}")
        except Exception as error:
            file.replace(file.with_suffix(".unreadable"))
            print(f"the state of {service} was not read: {error!r}", flush=True)
            return False
        for (account, region), backend in found.items():
            get_backend(service)[account][region] = backend
        return True
