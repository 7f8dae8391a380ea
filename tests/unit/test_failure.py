"""Why a step failed, from texts as real logs have them."""

from __future__ import annotations

import pytest
from localemr_node.failure import Cause, explain

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
