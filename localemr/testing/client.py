"""A client of the control API, for tests."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from localemr.cli.control import ControlError, call

__all__ = ["Control", "ControlError"]


class Control:
    """Controls the clock and the script of an installation (docs/testing.md).

    Args:
        endpoint: URL of the EMR endpoint, such as `http://127.0.0.1:4577`.
        keys: access key and secret key, where requests have to be signed (LOCALEMR_ACCESS_KEYS).
    """

    def __init__(self, endpoint: str, keys: tuple[str, str] | None = None) -> None:
        self._call = partial(call, endpoint, keys)

    # ---- the clock

    def now(self) -> float:
        """The clock's time, in epoch seconds."""
        return float(self._request("GET", "clock")["now"])

    def advance(self, seconds: float) -> float:
        """Move the clock forwards; returns its new time. Raises ControlError for real clusters."""
        return self._move(advance=seconds)

    def set(self, time: datetime | float) -> float:
        """Move the clock forwards to a time (epoch seconds, or a datetime with a zone). Raises ControlError for a past
        time and for real clusters."""
        return self._move(now=time.timestamp() if isinstance(time, datetime) else time)

    def speed(self, factor: float) -> None:
        """Set the clock's speed relative to the computer's; 0: it stands. Raises ControlError."""
        self._move(speed=factor)

    # ---- EC2's capacity

    def capacity(self, *limits: dict[str, Any]) -> list[dict[str, Any]]:
        """Set these limits of EC2's capacity and no others, and return them; without any it has all. Raises
        ControlError for an invalid one."""
        return list(self._request("PUT", "capacity", list(limits)))

    # ---- the script

    def script(self, *rules: dict[str, Any]) -> None:
        """Replace the script. Raises ControlError for an invalid rule."""
        self._request("PUT", "script", list(rules))

    def add(self, *rules: dict[str, Any]) -> None:
        """Append rules to the script. Raises ControlError as `script` does."""
        self._request("POST", "script", list(rules))

    def rules(self) -> list[dict[str, Any]]:
        """The remaining rules."""
        return list(self._request("GET", "script"))

    def fail_step(self, name: str = "*", **details: Any) -> None:
        """Add a rule: steps of this name fail. `details`: after, code, reason, message, skip, times."""
        self.add({"on": "step", "result": "fail", "match": {"name": name}, **details})

    def hang_step(self, name: str = "*", **details: Any) -> None:
        """Add a rule: steps of this name run until they are cancelled. `details`: skip, times."""
        self.add({"on": "step", "result": "hang", "match": {"name": name}, **details})

    def fail_bootstrap(self, name: str = "*", **details: Any) -> None:
        """Add a rule: bootstrap actions of this name fail. `details`: after, code, skip, times."""
        self.add({"on": "bootstrap", "result": "fail", "match": {"name": name}, **details})

    def fail_cluster(self, name: str = "*", reason: str = "INTERNAL_ERROR", **details: Any) -> None:
        """Add a rule: clusters of this name end with errors before they are ready. `details`: after, message, skip,
        times."""
        self.add({"on": "cluster", "result": "fail", "match": {"cluster": name}, "reason": reason, **details})

    def fail_instance(self, role: str = "*", **details: Any) -> None:
        """Add a rule: EC2 has no instances for this role. `details`: after, reason, message, skip, times."""
        self.add({"on": "instance", "result": "fail", "match": {"role": role}, **details})

    def lose_instance(self, role: str = "CORE", after: float = 0.0, times: int | None = 1, **details: Any) -> None:
        """Add a rule: instances of this role are lost `after` seconds after their start, or from now when they run."""
        rule = {"on": "instance", "result": "lose", "match": {"role": role}, "after": after, "times": times}
        self.add(rule | details)

    def interrupt_spot(self, role: str = "*", after: float = 0.0, times: int | None = 1, **details: Any) -> None:
        """Add a rule: spot instances of this role get EC2's notice `after` seconds after their start, or from now when
        they run. `notice` seconds (120) later they are lost."""
        rule = {"on": "instance", "result": "interrupt", "match": {"role": role}, "after": after, "times": times}
        self.add(rule | details)

    # ---- the market of spot instances

    def interrupt(
        self,
        cluster_id: str,
        instances: list[str] | None = None,
        count: int | None = None,
        notice: float = 120.0,
    ) -> dict[str, float]:
        """Have EC2 interrupt spot instances of a cluster: `count` of them (None: all), the newest first, of those with
        these ids (None: of all). Returns when each is taken back, `notice` seconds from now. Raises ControlError
        for instances on demand, or when there are fewer, and then interrupts none."""
        document = {"cluster": cluster_id, "instances": instances, "count": count, "notice": notice}
        return dict(self._request("POST", "interruptions", document)["interrupted"])

    def drill(self, share: float, seed: int = 0, notice: float = 120.0) -> None:
        """Have EC2 interrupt this expected share of the installation's spot instances in each hour of the clock, until
        the next drill; 0: none. The same seed interrupts the same instances at the same times after their start."""
        self._request("PUT", "drill", {"share": share, "seed": seed, "notice": notice})

    # ---- measurements

    def metric(self, cluster_id: str, name: str, value: float) -> None:
        """Have the cluster's master measure this value at its next looks (docs/scaling.md has the names). Raises
        ControlError when no master of the cluster runs."""
        self.metrics(cluster_id, {name: value})

    def metrics(self, cluster_id: str, values: dict[str, float] | None) -> None:
        """The same for several at once. None: the master does not look any more."""
        self._request("POST", "metrics", {"cluster": cluster_id, "values": values})

    def _move(self, **moves: float) -> float:
        return float(self._request("POST", "clock", moves)["now"])

    def _request(self, method: str, what: str, document: Any = None) -> Any:
        return self._call(method, what, document)
