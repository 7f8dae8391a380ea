"""Executes Scala statements by the interpreter of spark-shell, in the JVM of the driver."""

from __future__ import annotations

import glob
import json
import os
import re
from typing import Any

from localemr_livy.driver.outputs import JSON, TEXT, failed, ok
from localemr_livy.driver.tables import table

IMPORTS = """@transient val spark = org.apache.spark.repl.Main.sparkSession
@transient val sc = spark.sparkContext
import org.apache.spark.SparkContext._
import spark.implicits._
import spark.sql
import org.apache.spark.sql.functions._"""
AS_JSON = """print(new com.fasterxml.jackson.databind.ObjectMapper()
  .registerModule(com.fasterxml.jackson.module.scala.DefaultScalaModule)
  .writeValueAsString(({name}: Any) match {{
    case rdd: org.apache.spark.rdd.RDD[_] => rdd.take(10)
    case other => other
  }}))"""
MAGIC = re.compile(r"^%(\w*)[ \t]*(.*)$")
GOES_ON = re.compile(r"\s*(?:\.[A-Za-z_]|(?:else|catch|finally|yield)\b)")
"""Beginnings of lines that go on with the one before."""
INTEGERS = {"INT_TYPE": "BIGINT_TYPE"}
"""The name of whole numbers in tables of Scala."""


class Scala:
    """The interpreter, made when the first statement needs it: that takes some seconds."""

    def __init__(self, spark: Any) -> None:
        """Raises what py4j raises when the JVM has no interpreter."""
        self._jvm = spark._jvm
        self._echo = self._jvm.java.io.ByteArrayOutputStream()
        self._printed = self._jvm.java.io.ByteArrayOutputStream()
        self._stream = self._jvm.java.io.PrintStream(self._printed, True)
        main = self._jvm.org.apache.spark.repl.Main
        getattr(main, "sparkSession_$eq")(spark._jsparkSession)
        getattr(main, "sparkContext_$eq")(spark._jsparkSession.sparkContext())
        self._interpreter = self._made(spark)
        if (output := self.run(IMPORTS))["status"] != "ok":
            raise RuntimeError(f"the interpreter does not start: {output}")

    def _made(self, spark: Any) -> Any:
        jvm = self._jvm
        settings = jvm.scala.tools.nsc.Settings()
        words = ["-Yrepl-class-based", "-Yrepl-outdir", spark.conf.get("spark.repl.class.outputDir"), "-usejavacp"]
        if jars := self._jars(spark):
            words += ["-classpath", os.pathsep.join(jars)]
        settings.processArguments(_scala_list(jvm, words), True)
        settings.embeddedDefaults(jvm.java.lang.Thread.currentThread().getContextClassLoader())
        writer = jvm.java.io.PrintWriter(self._echo, True)
        loop = jvm.org.apache.spark.repl.SparkILoop(jvm.scala.Option.apply(None), writer)
        getattr(loop, "settings_$eq")(settings)
        loop.createInterpreter()
        made = loop.intp()
        made.initializeSynchronous()
        return made

    def _jars(self, spark: Any) -> list[str]:
        """Jars of the user. In a container of YARN they are in its folder."""
        local = list(
            self._jvm.org.apache.spark.util.Utils.getLocalUserJarsForShell(spark._jsc.sc().conf())
            .mkString(",")
            .split(",")
        )
        own = glob.glob(os.path.join(os.getcwd(), "*.jar")) if os.environ.get("CONTAINER_ID") else []
        return [each.replace("file:", "", 1) for each in local if each] + own

    def run(self, code: str) -> dict[str, Any]:
        """The output of a statement."""
        output = ok({TEXT: ""})
        text = ""
        for part in parts(code):
            magic = MAGIC.match(part)
            output = self._magic(magic[1], magic[2].strip()) if magic else self._interpret(part)
            if output["status"] != "ok":
                return output
            text += output["data"].pop(TEXT, "")
        if text or not output["data"]:
            output["data"][TEXT] = text
        return output

    def _interpret(self, code: str) -> dict[str, Any]:
        """Line by line, as Livy does, so that each shows its result; an incomplete one goes on with the next."""
        text, pending = "", ""
        for line in lines(code):
            if not line.strip() and not pending:
                continue
            pending = f"{pending}\n{line}" if pending else line
            result, echo, printed = self._call(pending)
            if result == "Incomplete":
                continue
            if result != "Success":
                first, _, rest = echo.strip("\n").partition("\n")
                return failed("Error", first.strip() or "unknown error", (printed + rest).splitlines(keepends=True))
            text, pending = text + printed + echo, ""
        # A comment is incomplete too, but not within braces.
        if pending and self._call(f"{{\n{pending}\n}}")[0] != "Success":
            return failed("Error", "incomplete statement")
        return ok({TEXT: text})

    def _call(self, code: str) -> tuple[str, str, str]:
        """How the interpreter took the code, what it says of it, and what the code printed."""
        self._echo.reset()
        self._printed.reset()
        thread = self._jvm.java.lang.Thread.currentThread()
        loader = thread.getContextClassLoader()
        console = self._console()
        before = console.value()
        getattr(console, "value_$eq")(self._stream)
        thread.setContextClassLoader(self._interpreter.classLoader())
        try:
            result = self._interpreter.interpret(code).toString()
        finally:
            getattr(console, "value_$eq")(before)
            thread.setContextClassLoader(loader)
        return result, self._echo.toString("UTF-8"), self._printed.toString("UTF-8")

    def _console(self) -> Any:
        """The variable with the stream of `println`, which has a value for each thread."""
        kind = self._jvm.java.lang.Class.forName("scala.Console$")
        field = kind.getDeclaredField("outVar")
        field.setAccessible(True)
        return field.get(kind.getField("MODULE$").get(None))

    def _magic(self, magic: str, name: str) -> dict[str, Any]:
        if magic not in ("json", "table"):
            return failed("UnknownMagic", f"Unknown magic command {magic}")
        if not re.fullmatch(r"\w+", name) or self._call(name)[0] != "Success":
            return failed("NameError", f"Value {name} does not exist")
        result, _, printed = self._call(AS_JSON.format(name=name))
        if result != "Success":
            return failed("ValueError", "Failed to convert value into a JSON value")
        value = json.loads(printed)
        if magic == "json":
            return ok({JSON: value})
        output = table(value)
        for header in output.get("data", {}).get("application/vnd.livy.table.v1+json", {}).get("headers", []):
            header["type"] = INTEGERS.get(header["type"], header["type"])
        return output

    def complete(self, code: str, cursor: int) -> list[str]:
        """What could stand at this place, by the compiler."""
        completer = self._jvm.scala.tools.nsc.interpreter.PresentationCompilerCompleter(self._interpreter)
        found = completer.complete(code, cursor).candidates().mkString("\n")
        return [each for each in found.split("\n") if each]


def parts(code: str) -> list[str]:
    """A statement as code and lines with magics."""
    found: list[str] = []
    joined = False
    for line in code.strip().splitlines():
        if MAGIC.match(line):
            found.append(line)
            joined = False
        elif joined:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
            joined = True
    return found


def lines(code: str) -> list[str]:
    """Code as lines, each with those that go on with it although it could end."""
    found: list[str] = []
    for line in code.splitlines():
        if found and GOES_ON.match(line):
            found[-1] += f"\n{line}"
        elif line.strip() or found:
            found.append(line)
    return found


def _scala_list(jvm: Any, words: list[str]) -> Any:
    made = jvm.java.util.ArrayList()
    for word in words:
        made.add(word)
    return jvm.scala.collection.JavaConverters.asScalaBuffer(made).toList()
