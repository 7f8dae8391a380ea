"""Why a step failed, from texts as real logs have them."""

from __future__ import annotations

import pytest
from localemr_node.failure import Cause, explain, rules

from tests.node_applications import known_applications  # noqa: F401

pytestmark = pytest.mark.usefixtures("known_applications")

TRACEBACK = """26/11/22 10:00:00 INFO SparkContext: Running
Traceback (most recent call last):
  File "/tmp/x.py", line 4, in <module>
    raise ValueError("no input")
ValueError: no input
26/11/22 10:00:01 INFO ShutdownHookManager: Shutdown hook called
"""
EXISTS = "org.apache.hadoop.mapred.FileAlreadyExistsException: Output directory s3://b/o already exists"
JAVA = """26/11/22 10:00:00 WARN Client: java.net.ConnectException: tried again
26/11/22 10:00:00 ERROR Client: something
Exception in thread "main" org.apache.spark.SparkException: Could not write.
\tat org.apache.spark.Main.main(Main.java:1)
Caused by: java.io.IOException: disk gone
\tat x.y.Z(Z.java:1)
\t... 3 more
26/11/22 10:00:02 INFO done
java.lang.IllegalStateException: later and unimportant
"""
IN_EXECUTOR = """26/11/22 10:00:00 WARN TaskSetManager: Lost task 0.0 in stage 0.0 (TID 0) (ip-1): java.lang.X: y
26/11/22 10:00:01 ERROR TaskSetManager: Task 0 in stage 0.0 failed 4 times; aborting job
Exception in thread "main" org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 \
failed 4 times, most recent failure: Lost task 0.3 in stage 0.0 (TID 3) (ip-1 executor 1): \
java.lang.ArithmeticException: / by 0
\tat Main$.divide(Main.scala:3)

Driver stacktrace:
\tat org.apache.spark.scheduler.DAGScheduler.failJob(DAGScheduler.scala:2)
Caused by: java.lang.ArithmeticException: / by 0
\tat Main$.divide(Main.scala:3)
"""
PYTHON_EXECUTOR = """Traceback (most recent call last):
  File "/tmp/divide.py", line 6, in <module>
    rdd.collect()
py4j.protocol.Py4JJavaError: An error occurred while calling z:org.apache.spark.api.python.PythonRDD.collectAndServe.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent \
failure: Lost task 0.3 in stage 0.0 (TID 3) (ip-1 executor 1): org.apache.spark.api.python.PythonException: Traceback \
(most recent call last):
  File "/tmp/divide.py", line 6, in <lambda>
ZeroDivisionError: division by zero

\tat org.apache.spark.api.python.BasePythonRunner.read(PythonRunner.scala:572)
"""
PASSED_ON = """Traceback (most recent call last):
  File "/tmp/x.py", line 6, in <module>
    frame.write.parquet("s3://b/o")
py4j.protocol.Py4JJavaError: An error occurred while calling o44.parquet.
: java.io.IOException: cannot write
\tat a.b.C(C.java:1)
Caused by: java.nio.file.AccessDeniedException: s3://b/o: no
\tat a.b.D(D.java:1)
"""
OWN_CLASS = """Traceback (most recent call last):
  File "/tmp/x.py", line 2, in <module>
    raise Refused("by me")
__main__.Refused: by me
"""
ANALYSIS = """Traceback (most recent call last):
  File "/tmp/x.py", line 6, in <module>
pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] Path does not exist: s3://b/nowhere.
"""
QUERY = """26/11/24 04:44:31 INFO HiveUtils: Initializing HiveMetastoreConnection version 2.3.9
[TABLE_OR_VIEW_NOT_FOUND] The table or view `missing` cannot be found. Verify the spelling.
To tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS.; line 1 pos 14;
'Project [*]
+- 'UnresolvedRelation [missing], [], false

"""
IN_YARN = """26/11/22 10:00:09 INFO Client:
\t client token: N/A
\t diagnostics: User class threw exception: java.lang.IllegalArgumentException: not this
Exception in thread "main" org.apache.spark.SparkException: Application application_1_0001 finished with failed status
\tat org.apache.spark.deploy.yarn.Client.run(Client.scala:1)
"""
NO_TABLE = """Hive Session ID = 8a1d
FAILED: SemanticException [Error 10001]: Line 1:14 Table not found 'missing'
"""
ON_TEZ = """Status: Failed
FAILED: Execution Error, return code 2 from org.apache.hadoop.hive.ql.exec.tez.TezTask. Vertex failed, \
vertexName=Map 1, diagnostics=[Task failed, taskId=task_1, diagnostics=[TaskAttempt 0 failed, info=[Error: Error \
while running task ( failure ) : attempt_1:java.lang.RuntimeException: java.lang.RuntimeException: Hive Runtime Error
\tat org.apache.hadoop.hive.ql.exec.tez.TezProcessor.initializeAndRunProcessor(TezProcessor.java:296)
Caused by: java.lang.RuntimeException: Hive Runtime Error while processing row
\t... 15 more
Caused by: java.lang.NumberFormatException: For input string: "x"
\tat A.b(A.java:1)
, errorMessage=Cannot recover from this error:java.lang.RuntimeException: later
Caused by: java.lang.Error: later
]]
"""
HIVE_TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
ON_TEZ_SAID = "FAILED: Execution Error, return code 2 from org.apache.hadoop.hive.ql.exec.tez.TezTask. "
MISSING_CLASS = """Exception in thread "main" java.lang.ClassNotFoundException: com.x.Main
\tat java.base/java.net.URLClassLoader.findClass(URLClassLoader.java:445)
"""


@pytest.mark.parametrize(
    ("stderr", "reason", "message"),
    [
        (TRACEBACK, "Unknown Error.", "ValueError: no input"),
        (JAVA, "Unknown Error.", "java.io.IOException: disk gone"),
        (IN_EXECUTOR, "Unknown Error.", "java.lang.ArithmeticException: / by 0"),
        (PYTHON_EXECUTOR, "Unknown Error.", "ZeroDivisionError: division by zero"),
        (PASSED_ON, "Access denied.", "java.nio.file.AccessDeniedException: s3://b/o: no"),
        (OWN_CLASS, "Unknown Error.", "__main__.Refused: by me"),
        (
            ANALYSIS,
            "Input path does not exist.",
            "pyspark.errors.exceptions.captured.AnalysisException: "
            "[PATH_NOT_FOUND] Path does not exist: s3://b/nowhere.",
        ),
        (
            QUERY,
            "Unknown Error.",
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `missing` cannot be found. Verify the spelling.",
        ),
        (IN_YARN, "Unknown Error.", "java.lang.IllegalArgumentException: not this"),
        (NO_TABLE, "Unknown Error.", NO_TABLE.splitlines()[1]),
        (ON_TEZ, "Unknown Error.", f'{ON_TEZ_SAID}java.lang.NumberFormatException: For input string: "x"'),
        (f"{HIVE_TASK} Table t exists\nbye\n", "Unknown Error.", f"{HIVE_TASK} Table t exists"),
        (
            "Error: Error while compiling: FAILED: ParseException line 1:0 no\n",
            "Unknown Error.",
            "FAILED: ParseException line 1:0 no",
        ),
        (MISSING_CLASS, "Main class not found.", "java.lang.ClassNotFoundException: com.x.Main"),
        (f'Exception in thread "main" {EXISTS}\n', "Output directory already exists.", EXISTS),
        ("cat: `/x': No such file or directory\nbye\n", "File not found.", "cat: `/x': No such file or directory"),
        ("x\nno-such: command not found\n\n", "Unknown Error.", "no-such: command not found"),
        ("26/11/22 10:00:09 INFO Shutdown: bye\n", "Unknown Error.", ""),
        ("26/11/22 10:00:09 WARN Client: java.net.ConnectException: tried again\n", "Unknown Error.", ""),
        ("", "Unknown Error.", ""),
    ],
)
def test_the_cause_of_a_failure(stderr: str, reason: str, message: str) -> None:
    assert explain({"stderr": stderr}) == (reason, message, "stderr")


def test_the_log_that_tells_the_cause_is_named() -> None:
    quiet = "26/11/22 10:00:09 INFO ShutdownHookManager: Deleting directory\n"
    # What a driver in client mode says, spark-submit writes to standard output.
    assert explain({"stderr": quiet, "stdout": TRACEBACK}) == Cause("Unknown Error.", "ValueError: no input", "stdout")
    streaming = {
        "stderr": "Streaming Command Failed!\n",
        "stdout": "",
        "syslog": "2026-11-22 10:00:09,1 INFO mapreduce.Job (main): Task Id : attempt_1, Status : FAILED\n"
        "Error: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 1\n",
    }
    assert explain(streaming)[1:] == (
        "java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 1",
        "syslog",
    )
    refused = "2026-11-22 10:00:09,1 ERROR org.apache.hadoop.streaming.StreamJob (main): Error Launching job : "
    refused += "Output directory hdfs://m:8020/o already exists\n"
    found = explain({"stderr": "Streaming Command Failed!\n", "stdout": "", "syslog": refused})
    assert (found.reason, found.log) == ("Output directory already exists.", "syslog")
    assert explain({"stderr": "", "stdout": "\n\n"}).log == "stderr"


RUN_JAR = """Exception in thread "main" java.lang.ClassNotFoundException: com.x.Main
\tat java.base/java.net.URLClassLoader.findClass(URLClassLoader.java:445)
\tat java.base/java.lang.ClassLoader.loadClass(ClassLoader.java:593)
\tat java.base/java.lang.Class.forName0(Native Method)
\tat org.apache.hadoop.util.RunJar.run(RunJar.java:321)
\tat org.apache.hadoop.util.RunJar.main(RunJar.java:241)
"""
IN_MASTER = """26/11/22 10:00:00 ERROR ApplicationMaster: Uncaught exception:
java.lang.ClassNotFoundException: com.x.Main
\tat java.base/java.lang.ClassLoader.loadClass(ClassLoader.java:525)
\tat org.apache.spark.deploy.yarn.ApplicationMaster.startUserApplication(ApplicationMaster.scala:722)
"""
SUBMITTED = "26/11/22 10:00:00 WARN NativeCodeLoader: Unable\nError: Failed to load class com.x.Main.\n"
NO_DRIVER = """Traceback (most recent call last):
  File "/tmp/x.py", line 5, in <module>
    frame = spark.read.format("jdbc").load()
py4j.protocol.Py4JJavaError: An error occurred while calling o42.load.
: java.lang.ClassNotFoundException: com.mysql.cj.jdbc.Driver
\tat java.base/java.net.URLClassLoader.findClass(URLClassLoader.java:445)
\tat org.apache.spark.sql.execution.datasources.jdbc.DriverRegistry$.register(DriverRegistry.scala:46)
"""
NO_SERDE = """Exception in thread "main" java.lang.RuntimeException: MetaException(message:no)
\tat org.apache.hadoop.hive.ql.metadata.Table.getDeserializer(Table.java:284)
Caused by: java.lang.ClassNotFoundException: org.openx.data.jsonserde.JsonSerDe
\tat java.base/java.lang.ClassLoader.loadClass(ClassLoader.java:525)
\t... 12 more
"""
NO_LIBRARY = """Exception in thread "main" java.lang.NoClassDefFoundError: scala/Product$class
\tat com.x.Main$.main(Main.scala:7)
\tat org.apache.hadoop.util.RunJar.run(RunJar.java:323)
"""


@pytest.mark.parametrize(
    ("stderr", "reason", "message"),
    [
        (RUN_JAR, "Main class not found.", "java.lang.ClassNotFoundException: com.x.Main"),
        (IN_MASTER, "Main class not found.", "java.lang.ClassNotFoundException: com.x.Main"),
        (SUBMITTED, "Main class not found.", "Error: Failed to load class com.x.Main."),
        (
            "Error: Could not find or load main class com.x.Main\n"
            "Caused by: java.lang.ClassNotFoundException: com.x.Main\n",
            "Main class not found.",
            "Error: Could not find or load main class com.x.Main",
        ),
        (NO_DRIVER, "Class not found.", "java.lang.ClassNotFoundException: com.mysql.cj.jdbc.Driver"),
        (NO_SERDE, "Class not found.", "java.lang.ClassNotFoundException: org.openx.data.jsonserde.JsonSerDe"),
        (NO_LIBRARY, "Class not found.", "java.lang.NoClassDefFoundError: scala/Product$class"),
    ],
)
def test_only_a_missing_main_class_is_called_so(stderr: str, reason: str, message: str) -> None:
    assert explain({"stderr": stderr}) == (reason, message, "stderr")


LOST_EXECUTOR = """Exception in thread "main" org.apache.spark.SparkException: Job aborted due to stage failure: \
Task 3 in stage 1.0 failed 4 times, most recent failure: Lost task 3.3 in stage 1.0 (TID 9) (ip-1 executor 4): \
ExecutorLostFailure (executor 4 exited caused by one of the running tasks) Reason: Container killed by YARN for \
exceeding physical memory limits. 5.5 GB of 5.5 GB physical memory used.
Driver stacktrace:
\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages(DAGScheduler.scala:2856)
"""
KILLED_EXECUTOR = LOST_EXECUTOR.replace(
    "Container killed by YARN for exceeding physical memory limits. 5.5 GB of 5.5 GB physical memory used.",
    "Container from a bad node: container_1 on host: ip-1. Exit status: 137. Diagnostics: [10:00]Container killed on "
    "request. Exit code is 137",
)
STOPPED_FIRST = """26/11/22 10:00:00 ERROR TransportRequestHandler: Error while invoking RpcHandler#receive()
org.apache.spark.rpc.RpcEnvStoppedException: RpcEnv already stopped.
\tat org.apache.spark.rpc.netty.Dispatcher.postMessage(Dispatcher.scala:176)
26/11/22 10:00:01 ERROR SparkContext: Error initializing SparkContext.
java.lang.IllegalArgumentException: Required executor memory (4096 MB), offHeap memory (0) MB, overhead (409 MB), and \
PySpark memory (0 MB) is above the max threshold (2304 MB) of this cluster!
\tat org.apache.spark.deploy.yarn.Client.verifyClusterResources(Client.scala:422)
"""
JAVA_SIDE_GONE = """26/11/22 10:00:00 ERROR Utils: uncaught error in thread spark-listener-group
java.lang.OutOfMemoryError: Java heap space
\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)
Traceback (most recent call last):
  File "/usr/lib/spark/python/lib/py4j-0.10.9.7-src.zip/py4j/clientserver.py", line 516, in send_command
    raise Py4JNetworkError("Answer from Java side is empty")
py4j.protocol.Py4JNetworkError: Answer from Java side is empty
"""
NO_PROGRAM = """2026-11-22 10:00:09,1 INFO mapreduce.Job (main): Task Id : attempt_1_m_000000_3, Status : FAILED
Error: java.lang.RuntimeException: Error in configuring object
\tat org.apache.hadoop.util.ReflectionUtils.setJobConf(ReflectionUtils.java:113)
Caused by: java.lang.RuntimeException: configuration exception
\tat org.apache.hadoop.streaming.PipeMapRed.configure(PipeMapRed.java:222)
Caused by: java.io.IOException: Cannot run program "mapper.py": error=2, No such file or directory
\tat java.base/java.lang.ProcessBuilder.start(ProcessBuilder.java:1143)
Caused by: java.io.IOException: error=2, No such file or directory
\tat java.base/java.lang.ProcessImpl.forkAndExec(Native Method)
\t... 24 more

2026-11-22 10:00:19,1 INFO mapreduce.Job (main): Job job_1_0001 failed with state FAILED due to: Task failed task_1
"""
TWO_TASKS = """2026-11-22 10:00:09,1 INFO mapreduce.Job (main): Task Id : attempt_1_m_000000_0, Status : FAILED
Error: java.net.ConnectException: Connection refused
\tat a.B.c(B.java:1)

2026-11-22 10:00:12,1 INFO mapreduce.Job (main): Task Id : attempt_1_m_000004_3, Status : FAILED
Error: java.lang.NumberFormatException: For input string: "n/a"
\tat a.B.d(B.java:2)

"""
RUN_JOB = """Exception in thread "main" java.io.IOException: Job failed!
\tat org.apache.hadoop.mapred.JobClient.runJob(JobClient.java:876)
"""
TOO_LARGE = """2026-11-22 10:00:12,1 INFO mapreduce.Job (main): Job job_1_0001 failed with state KILLED due to: The \
required MAP capability is more than the supported max container capability in the cluster. Killing the Job. \
mapResourceRequest: <memory:3072, vCores:1> maxContainerCapability:<memory:2304, vCores:4>
"""
ON_MAPREDUCE = """Diagnostic Messages for this Task:
Error: java.lang.RuntimeException: org.apache.hadoop.hive.ql.metadata.HiveException: Hive Runtime Error while processing
\tat org.apache.hadoop.hive.ql.exec.mr.ExecMapper.map(ExecMapper.java:157)
Caused by: org.apache.hadoop.hive.ql.metadata.HiveException: Unable to execute method
\tat org.apache.hadoop.hive.ql.exec.FunctionRegistry.invoke(FunctionRegistry.java:1021)
Caused by: java.lang.NullPointerException
\tat com.x.Udf.evaluate(Udf.java:9)
\t... 30 more


FAILED: Execution Error, return code 2 from org.apache.hadoop.hive.ql.exec.mr.MapRedTask
MapReduce Jobs Launched:
"""
HIVE_LOG = """2026-11-24T04:44:30,001  WARN [main] tez.TezSessionState: Unable to reuse
java.io.IOException: only a warning
\tat a.B.c(B.java:1)
2026-11-24T04:44:31,123 ERROR [main] exec.Task: Failed to execute tez graph.
org.apache.hadoop.yarn.exceptions.InvalidResourceRequestException: Invalid resource request! Cannot allocate \
containers as requested resource is greater than maximum allowed allocation.
\tat org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerUtils.throwInvalidResourceException(X.java:1)
2026-11-24T04:44:31,125 ERROR [main] ql.Driver: FAILED: Execution Error, return code 1 from \
org.apache.hadoop.hive.ql.exec.tez.TezTask
"""
SEVERAL_LINES = """Exception in thread "main" java.lang.IllegalStateException: these are wrong:
  - one
  - two
\tat com.x.Main.main(Main.java:1)
Caused by: java.nio.file.NoSuchFileException: /mnt/settings.yaml
\tat java.base/sun.nio.fs.UnixException.translateToIOException(UnixException.java:92)
"""
SHELL = "+ aws s3 cp s3://b/x .\nfatal error: An error occurred (404) when calling HeadObject: Not Found\n+ exit 1\n"
FORBIDDEN = """Exception in thread "main" java.nio.file.AccessDeniedException: s3://b/k: getFileStatus on s3://b/k: \
software.amazon.awssdk.services.s3.model.S3Exception: (Service: S3, Status Code: 403, Request ID: X)
\tat org.apache.hadoop.fs.s3a.S3AUtils.translateException(S3AUtils.java:275)
"""
FULL = (
    "java.io.IOException: No space left on device\n\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)\n"
)
MEMORY = "The job ran out of memory."
LIMIT = "Container killed by YARN for exceeding physical memory limits"


@pytest.mark.parametrize(
    ("logs", "reason", "part"),
    [
        ({"stderr": LOST_EXECUTOR}, MEMORY, LIMIT),
        ({"stderr": KILLED_EXECUTOR}, MEMORY, "Exit status: 137"),
        ({"stderr": STOPPED_FIRST}, "Unknown Error.", "Required executor memory (4096 MB)"),
        ({"stderr": JAVA_SIDE_GONE}, MEMORY, "java.lang.OutOfMemoryError: Java heap space"),
        (
            {"stderr": "Streaming Command Failed!\n", "stdout": "", "syslog": NO_PROGRAM},
            "File not found.",
            'Cannot run program "mapper.py"',
        ),
        ({"stderr": RUN_JOB, "stdout": "", "syslog": TWO_TASKS}, "Unknown Error.", 'For input string: "n/a"'),
        (
            {"stderr": RUN_JOB, "stdout": "", "syslog": TOO_LARGE},
            "Unknown Error.",
            "The required MAP capability is more",
        ),
        ({"stderr": ON_MAPREDUCE}, "Unknown Error.", "java.lang.NullPointerException"),
        ({"stderr": HIVE_LOG}, "Unknown Error.", "Invalid resource request!"),
        ({"stderr": SEVERAL_LINES}, "Unknown Error.", "java.nio.file.NoSuchFileException: /mnt/settings.yaml"),
        ({"stderr": SHELL}, "Unknown Error.", "An error occurred (404) when calling HeadObject"),
        ({"stderr": FORBIDDEN}, "Access denied.", "java.nio.file.AccessDeniedException: s3://b/k"),
        ({"stderr": FULL}, "No space left on device.", "java.io.IOException: No space left on device"),
    ],
)
def test_causes_from_practice(logs: dict[str, str], reason: str, part: str) -> None:
    found = explain(logs)
    assert (found.reason, part in found.message) == (reason, True), found


def test_where_only_the_clients_report_is_left_it_is_the_message() -> None:
    found = explain({"stderr": RUN_JOB, "stdout": "", "syslog": ""})
    assert found == ("Unknown Error.", "java.io.IOException: Job failed!", "stderr")
    assert rules().stands_elsewhere(found)
    assert not rules().stands_elsewhere(explain({"stderr": RUN_JOB, "syslog": TWO_TASKS}))


def test_where_the_diagnostics_of_attempts_stand_in_the_other_log() -> None:
    """As a busy cluster wrote them: headings in syslog, and what stands below them in standard error."""
    pipe = "java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 1"
    syslog = (
        "2026-11-29 00:02:24,495 INFO org.apache.hadoop.mapreduce.Job (main): Task Id : attempt_1_m_000000_1, Status : "
        "FAILED\n2026-11-29 00:03:55,866 INFO org.apache.hadoop.mapreduce.Job (main):  map 100% reduce 0%\n"
        "2026-11-29 00:03:59,365 ERROR org.apache.hadoop.streaming.StreamJob (main): Job not successful!\n"
    )
    stderr = f"Error: {pipe}\n\tat org.apache.hadoop.streaming.PipeMapper.map(P.java:1)\n\nStreaming Command Failed!\n"
    found = explain({"stderr": stderr, "stdout": "", "syslog": syslog})
    assert (found.message, found.log) == (pipe, "stderr")
    assert rules().stands_elsewhere(found)


def test_an_attempt_whose_pipe_broke_is_not_the_reason_beside_one_that_has_it() -> None:
    """Whether Hadoop notices the end of a streaming job's program or the broken pipe first, differs by attempt."""
    heading = "2026-11-29 00:02:2{},495 INFO mapreduce.Job (main): Task Id : attempt_1_m_000000_{}, Status : FAILED\n"
    code = "java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 1"
    closed = "java.io.IOException: Stream closed"
    frame = "\tat org.apache.hadoop.streaming.PipeMapper.map(P.java:1)\n\n"
    attempts = [heading.format(n, n) + f"Error: {text}\n{frame}" for n, text in enumerate((closed, code, closed))]
    found = explain({"stderr": "Streaming Command Failed!\n", "syslog": "".join(attempts)})
    assert (found.message, found.log) == (code, "syslog")
    alone = explain({"stderr": "Streaming Command Failed!\n", "syslog": attempts[0]})
    assert rules().stands_elsewhere(alone)
