"""Loads the records of a pass: live ones, and aggregates of the others. The cost does not grow with history.

The indexes for the queries are in indexes.sql.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.records import MASTER, Instance, Past, Records
from localemr.domain.model.states import ACTIVE_STEPS, ENDED, InstanceState, StepState
from localemr.domain.model.steps import Step
from localemr.store import executions, rows
from localemr.store.reading import GROUP, STATE, Reading, marks
from localemr.store.rows import COLUMNS

_LIVE = [str(state) for state in InstanceState if state not in ENDED]
_ACTIVE = [str(state) for state in ACTIVE_STEPS]


class LiveRecords(Reading):
    """The query of passes."""

    _parsed: dict[str, rows.Parsed]
    """By cluster id, the texts that its last pass read. The next pass reads most of them again."""

    def live(self, cluster_id: str) -> Records | None:
        """The cluster with its groups, live instances and active steps, and the aggregates of ended ones.

        A cluster without a live master has its last one too, because the other instances' files name it.
        """
        cluster = self.cluster(cluster_id)
        if cluster is None or cluster.status.state in ENDED:
            self._parsed.pop(cluster_id, None)
            return Records(cluster, tuple(self.groups(cluster_id))) if cluster else None
        parse = self._parsed[cluster_id] = rows.Parsed(self._parsed.get(cluster_id))
        groups = tuple(rows.group(row, parse) for row in self._rows("groups", cluster_id))
        instances = self._live_instances(cluster_id, groups, parse)
        if not any(each.spec.role == MASTER for each in instances):
            instances += self._last_master(cluster_id, groups)
        instances.sort(key=lambda each: each.spec.number)
        steps = self._active_steps(cluster_id, parse)
        past = Past(
            last_number=self._last_number(cluster_id),
            last_step=self._last_step(cluster_id, parse),
            step_failed=self._has_failed_step(cluster_id),
            step_logs=self._has_step_logs(cluster_id),
            failed=self._failed(groups, instances),
        )
        parse.finish()
        found = executions.active(self._db, cluster_id)
        return Records(cluster, groups, tuple(instances), tuple(steps), past, found)

    def _live_instances(self, cluster_id: str, groups: Iterable[InstanceGroup], parse: rows.Parsed) -> list[Instance]:
        ids = [group.id for group in groups]
        query = f"""SELECT {COLUMNS} FROM instances
            WHERE cluster_id=? AND {GROUP} IN ({marks(ids)}) AND {STATE} IN ({marks(_LIVE)})"""
        return [rows.instance(row, parse) for row in self._db.execute(query, (cluster_id, *ids, *_LIVE))]

    def _ended(self, group: InstanceGroup, after: int = 0) -> Iterable[Instance]:
        """The group's ended instances with numbers above `after`, newest first, read one by one."""
        query = f"""SELECT {COLUMNS} FROM instances
            WHERE cluster_id=? AND {GROUP}=? AND {STATE}=? AND number > ? ORDER BY number DESC"""
        found = self._db.execute(query, (group.cluster_id, group.id, str(InstanceState.TERMINATED), after))
        return map(rows.instance, found)

    def _last_master(self, cluster_id: str, groups: Iterable[InstanceGroup]) -> list[Instance]:
        latest = [next(iter(self._ended(group)), None) for group in groups if group.spec.role == MASTER]
        found = [each for each in latest if each is not None]
        return sorted(found, key=lambda each: each.spec.number)[-1:]

    def _failed(self, groups: Iterable[InstanceGroup], live: Iterable[Instance]) -> dict[str, tuple[Instance, ...]]:
        ready = {each.spec.group_id: each.spec.number for each in live if each.status.ready is not None}

        def failed(group: InstanceGroup) -> Iterable[Instance]:
            def counts(each: Instance) -> bool:
                return each.status.ready is None and each.created >= group.spec.changed

            return takewhile(counts, self._ended(group, after=ready.get(group.id, 0)))

        return {group.id: tuple(failed(group)) for group in groups}

    def _active_steps(self, cluster_id: str, parse: rows.Parsed) -> list[Step]:
        # Sorted here: with an ORDER BY number SQLite would read all steps in that order.
        query = f"SELECT {COLUMNS} FROM steps WHERE cluster_id=? AND {STATE} IN ({marks(_ACTIVE)})"
        found = [rows.step(row, parse) for row in self._db.execute(query, (cluster_id, *_ACTIVE))]
        return sorted(found, key=lambda step: step.number)

    def _last_number(self, cluster_id: str) -> int:
        query = "SELECT max(number) FROM instances WHERE cluster_id=?"
        (number,) = self._db.execute(query, (cluster_id,)).fetchone()
        return number or 0

    def _last_step(self, cluster_id: str, parse: rows.Parsed) -> Step | None:
        query = f"""SELECT {COLUMNS} FROM steps
            WHERE cluster_id=? ORDER BY json_extract(status, '$.ended') DESC, number DESC LIMIT 1"""
        row = self._db.execute(query, (cluster_id,)).fetchone()
        found = rows.step(row, parse) if row else None
        return found if found and found.status.state in ENDED else None

    def _has_step_logs(self, cluster_id: str) -> bool:
        query = "SELECT 1 FROM steps WHERE cluster_id=? AND json_extract(spec, '$.log_uri') IS NOT NULL LIMIT 1"
        return self._db.execute(query, (cluster_id,)).fetchone() is not None

    def _has_failed_step(self, cluster_id: str) -> bool:
        query = f"SELECT 1 FROM steps WHERE cluster_id=? AND {STATE}=? LIMIT 1"
        return self._db.execute(query, (cluster_id, str(StepState.FAILED))).fetchone() is not None
