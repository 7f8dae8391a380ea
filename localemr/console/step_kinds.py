"""The kinds of steps of EMR's own console: what their forms ask, and the HadoopJarStep that becomes of it.

Sources: EMR's management guide, "Add steps to a cluster using the console"; what the AWS CLI makes of its types.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from localemr.console import commands
from localemr.console.actions import Action, Text
from localemr.console.calls import View
from localemr.console.fields import Field, words
from localemr.console.visits import Form, Visit

RUNNER = commands.RUNNER
ON_FAILURE = ("CONTINUE", "CANCEL_AND_WAIT", "TERMINATE_CLUSTER")
DEPLOY_MODES = ("cluster", "client")
PATH = "add-step"
S3 = "s3://bucket/folder/"


@dataclass(frozen=True)
class StepKind:
    """A kind of step. `jar` makes the HadoopJarStep of a form for a region, or raises ValueError. `application`: it is
    offered on clusters with this application alone (empty: on all)."""

    name: str
    application: str
    text: str
    fields: tuple[Field, ...]
    jar: Callable[[Form, str], View]


def _arguments(help: str = "as in a shell") -> Field:
    return Field("arguments", "Arguments", "lines", wide=True, help=help)


def _of_runner(*args: str) -> View:
    return {"Jar": RUNNER, "Args": list(args)}


def _spark(form: Form, region: str) -> View:
    options = words(form, "options", "spark-submit options")
    arguments = words(form, "arguments", "Arguments")
    mode = ("--deploy-mode", form.text("deploy_mode", DEPLOY_MODES[0]))
    return _of_runner("spark-submit", *mode, *options, form.text("application"), *arguments)


def _script(command: tuple[str, ...], variable: str, form: Form, region: str) -> View:
    """A script of Hive or Pig: `variable` is the option with which it gives its scripts a variable."""
    found = [*command, "-f", form.text("script")]
    for name in ("input", "output"):
        if form.text(name):
            found += [variable, f"{name.upper()}={form.text(name)}"]
    return _of_runner(*found, *words(form, "arguments", "Arguments"))


def _streaming(form: Form, region: str) -> View:
    files, shown = [], []
    for name in ("mapper", "reducer"):
        program, blank, rest = form.text(name).partition(" ")
        if "://" in program:
            files.append(program)
            program = program.rstrip("/").rpartition("/")[2]
        if program:
            shown += [f"-{name}", program + blank + rest]
    # Hadoop's generic options, of which -files is one and the user may give others, come before streaming's own.
    given = ["-files", ",".join(files)] if files else []
    places = ["-input", form.text("input"), "-output", form.text("output")]
    return _of_runner("hadoop-streaming", *given, *words(form, "arguments", "Arguments"), *shown, *places)


def _custom(form: Form, region: str) -> View:
    jar: View = {"Jar": form.text("jar"), "Args": words(form, "arguments", "Arguments")}
    return jar | {"MainClass": form.text("main_class")} if form.text("main_class") else jar


def _shell(form: Form, region: str) -> View:
    runner = f"s3://{region}.elasticmapreduce/libs/script-runner/script-runner.jar"
    return {"Jar": runner, "Args": [form.text("script"), *words(form, "arguments", "Arguments")]}


def _command(form: Form, region: str) -> View:
    return _of_runner("bash", "-c", form.text("commands").replace("\r\n", "\n"))


_INPUT = Field("input", "Input", help=f"{S3}; in the script ${{INPUT}}")
_OUTPUT = Field("output", "Output", help=f"{S3}; in the script ${{OUTPUT}}")

KINDS: dict[str, StepKind] = {
    "spark": StepKind(
        "Spark application", "Spark", "Runs spark-submit on the master.",
        (
            Field("deploy_mode", "Deploy mode", "choice", DEPLOY_MODES[0], options=DEPLOY_MODES,
                  help="cluster: the driver is a YARN container; client: it runs on the master"),
            Field("application", "Application", required=True, wide=True, help=f"a script or JAR: {S3}job.py"),
            Field("options", "spark-submit options", wide=True, help="--class, --conf, --py-files …"),
            _arguments("of the application, as in a shell"),
        ), _spark,
    ),
    "streaming": StepKind(
        "Streaming program", "", "Runs programs that read lines and write lines, by MapReduce.",
        (
            Field("mapper", "Mapper", required=True, help=f"{S3}map.py, or a command"),
            Field("reducer", "Reducer", required=True, help=f"{S3}reduce.py, a command, aggregate or NONE"),
            Field("input", "Input", required=True, help=S3),
            Field("output", "Output", required=True, help=f"{S3}; it must not exist yet"),
            _arguments("as in a shell: -D mapreduce.job.reduces=2"),
        ), _streaming,
    ),
    "hive": StepKind(
        "Hive script", "Hive", "Runs a file of HiveQL.",
        (Field("script", "Script", required=True, wide=True, help=f"{S3}query.q"), _INPUT, _OUTPUT,
         _arguments("of hive, as in a shell: -d NAME=value --hiveconf name=value")),
        partial(_script, commands.STEP_TYPES["HIVE"], "-d"),
    ),
    "pig": StepKind(
        "Pig script", "Pig", "Runs a file of Pig Latin.",
        (Field("script", "Script", required=True, wide=True, help=f"{S3}script.pig"), _INPUT, _OUTPUT,
         _arguments("of pig, as in a shell: -p NAME=value")),
        partial(_script, commands.STEP_TYPES["PIG"], "-p"),
    ),
    "jar": StepKind(
        "Custom JAR", "", "Runs a JAR with hadoop jar.",
        (
            Field("jar", "JAR", value=RUNNER, required=True, wide=True,
                  help="command-runner.jar runs a command of the master, script-runner.jar a script on S3"),
            Field("main_class", "Main class", help="of a JAR that names none"),
            _arguments("as in a shell: spark-submit --deploy-mode cluster s3://bucket/job.py s3://bucket/input/"),
        ), _custom,
    ),
    "shell": StepKind(
        "Shell script", "", "Runs a script on the master, by script-runner.jar.",
        (Field("script", "Script", required=True, wide=True, help=f"{S3}job.sh"), _arguments()), _shell,
    ),
    "command": StepKind(
        "Commands", "", "Runs commands on the master with bash, by command-runner.jar.",
        (Field("commands", "Commands", "lines", required=True, wide=True, help="hdfs dfs -ls / && hdfs dfs -du -h /"),),
        _command,
    ),
}  # fmt: skip
"""Kinds by the last part of their forms' paths."""


def first(applications: list[str]) -> str:
    """The path of the form that a cluster with these applications shows first."""
    return f"{PATH}/{next(path for path, kind in KINDS.items() if _offered(kind, applications))}"


def _offered(kind: StepKind, applications: list[str]) -> bool:
    return not kind.application or kind.application in applications


async def _others(visit: Visit) -> list[Text]:
    """Names and addresses of the kinds' forms, as far as the cluster has their applications."""
    cluster = (await visit.api.emr("DescribeCluster", ClusterId=visit.path("cluster")))["Cluster"]
    applications = [each["Name"] for each in cluster["Applications"]]
    place = f"/console/clusters/{cluster['Id']}/{PATH}"
    return [(kind.name, f"{place}/{path}") for path, kind in KINDS.items() if _offered(kind, applications)]


def _action(kind: StepKind) -> Action:
    async def fields(visit: Visit) -> list[Field]:
        shared = (
            Field("name", "Name", value=kind.name, required=True),
            Field("on_failure", "When it fails", "choice", ON_FAILURE[0], options=ON_FAILURE),
        )
        return [*shared, *kind.fields]

    def request(visit: Visit) -> View:
        form = visit.form
        for field in kind.fields:
            if field.required and not form.text(field.name):
                raise ValueError(f"{field.label}: it is missing.")
        jar = kind.jar(form, visit.site.settings.region)
        step = {"Name": form.text("name"), "ActionOnFailure": form.text("on_failure"), "HadoopJarStep": jar}
        return {"JobFlowId": visit.path("cluster"), "Steps": [step]}

    return Action(
        "Add a step", "Add", "AddJobFlowSteps", request, commands.add_steps, fields, text=kind.text, others=_others,
        after=lambda visit, response: f"/console/clusters/{visit.path('cluster')}/steps/{response['StepIds'][0]}",
    )  # fmt: skip


ACTIONS = {f"{PATH}/{path}": _action(kind) for path, kind in KINDS.items()}
"""Actions by their paths below a cluster's."""
