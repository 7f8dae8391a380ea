"""Pig on a real cluster: scripts on S3 by every engine, functions, tables of HCatalog, failures, and what a cancelled
script leaves."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.cluster.daemons import applications, check_cancelled
from tests.cluster.installation import Installation, cluster_request, wait_for

LIBS = "s3://us-east-1.elasticmapreduce/libs"
RUNNER = ("command-runner.jar", "pig-script", "--run-pig-script", "--args")
FORMS = {
    "command-runner": RUNNER,
    "script-runner": (
        f"{LIBS}/script-runner/script-runner.jar", f"{LIBS}/pig/pig-script", "--base-path", f"{LIBS}/pig/",
        "--pig-versions", "latest", "--run-pig-script", "--args",
    ),
}  # fmt: skip
ENGINES = {"tez": ((), "TEZ"), "mapreduce": (("-x", "mapreduce"), "MAPREDUCE"), "local": (("-x", "local"), None)}
"""Each engine's options, and the type of its applications on YARN."""
ORDERS = [(number, number % 7, number * 37 % 1000) for number in random.Random(17).sample(range(5000), 3000)]
NAMES = {number: f"customer {number}" for number in range(6)}
"""The seventh customer has no name."""
TOTALS = """
orders = LOAD '$INPUT/orders' USING PigStorage(',') AS (id:int, customer:int, price:int);
names = LOAD '$INPUT/names' USING PigStorage(',') AS (customer:int, name:chararray);
dear = FILTER orders BY price >= $LEAST;
joined = JOIN dear BY customer LEFT OUTER, names BY customer;
named = FOREACH joined GENERATE (names::name IS NULL ? 'nobody' : names::name) AS name, dear::price AS price,
  dear::id AS id;
totals = FOREACH (GROUP named BY name) {
  cheapest = ORDER named BY price, id;
  first = LIMIT cheapest 1;
  GENERATE group AS name, COUNT(named) AS n, SUM(named.price) AS total, FLATTEN(first.id) AS cheapest;
}
ranked = ORDER totals BY total DESC, name;
STORE ranked INTO '$OUTPUT' USING PigStorage(',');
"""
FUNCTIONS = """
REGISTER 's3://data/pig/words.py' USING jython AS words;
REGISTER file:/usr/lib/pig/lib/piggybank.jar;
DEFINE UPPER org.apache.pig.piggybank.evaluation.string.UPPER();
names = LOAD '$INPUT/names' USING PigStorage(',') AS (customer:int, name:chararray);
made = FOREACH names GENERATE customer, UPPER(words.backwards(name)) AS name;
streamed = STREAM made THROUGH `sed s/REMOTSUC/C/` AS (customer:int, name:chararray);
STORE streamed INTO '$OUTPUT' USING AvroStorage();
"""
AGAIN = """
made = LOAD '$MADE' USING AvroStorage();
STORE made INTO '$OUTPUT' USING JsonStorage();
"""
WORDS = """
@outputSchema("word:chararray")
def backwards(word):
    return word[::-1]
"""
INTO_TABLE = """
orders = LOAD '$INPUT/orders' USING PigStorage(',') AS (id:int, customer:int, price:int);
STORE orders INTO 'shop.orders_$ENGINE' USING org.apache.hive.hcatalog.pig.HCatStorer();
"""
FROM_TABLE = """
orders = LOAD 'shop.orders_$ENGINE' USING org.apache.hive.hcatalog.pig.HCatLoader();
counted = FOREACH (GROUP orders ALL) GENERATE COUNT(orders), SUM(orders.price), MAX(orders.id);
STORE counted INTO '$OUTPUT';
"""


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[str]:
    """Id of a cluster with Pig, the metastore that comes with HCatalog, and a core instance."""
    orders = "".join(f"{','.join(map(str, each))}\n" for each in ORDERS)
    put(installation, "in/orders/part-1", orders[: len(orders) // 2].rpartition("\n")[0] + "\n")
    put(installation, "in/orders/part-2", orders[len(orders[: len(orders) // 2].rpartition("\n")[0]) + 1 :])
    put(installation, "in/names/part-1", "".join(f"{number},{name}\n" for number, name in NAMES.items()))
    put(installation, "words.py", WORDS)
    settings = [{"Classification": "pig-properties", "Properties": {"pig.user.cache.enabled": "true"}}]
    names = [{"Name": "Pig"}, {"Name": "HCatalog"}]
    request = cluster_request("pig", Applications=names, Configurations=settings)
    with installation.running(request) as cluster_id:
        yield cluster_id


def put(installation: Installation, key: str, text: str) -> None:
    installation.s3.put_object(Bucket="data", Key=f"pig/{key}", Body=text.encode())


def script(
    installation: Installation, cluster: str, name: str, text: str, *options: str, form: str = "command-runner"
) -> str:
    """Id of a step that runs this script from S3; what it writes is below s3://data/pig/<name>."""
    put(installation, f"{name}.pig", text)
    jar, *arguments = FORMS[form]
    places = ("-p", "INPUT=s3://data/pig/in", "-p", f"OUTPUT=s3://data/pig/{name}")
    return installation.add_step(cluster, *arguments, "-f", f"s3://data/pig/{name}.pig", *places, *options, jar=jar)


def done(
    installation: Installation, cluster: str, name: str, text: str, *options: str, form: str = "command-runner"
) -> str:
    """The id of such a step, which has ended well."""
    step = script(installation, cluster, name, text, *options, form=form)
    installation.wait_step(cluster, step, "COMPLETED")
    return step


def lines(installation: Installation, folder: str) -> list[str]:
    """The lines of a folder's files, in the order of their names."""
    listed = installation.s3.list_objects_v2(Bucket="data", Prefix=f"pig/{folder}/")["Contents"]
    bodies = [installation.s3.get_object(Bucket="data", Key=each["Key"])["Body"].read().decode() for each in listed]
    return [line for body in bodies for line in body.splitlines()]


def totals(least: int) -> list[str]:
    """What the script has to find, by Python."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, customer, price in ORDERS:
        if price >= least:
            found[NAMES.get(customer, "nobody")].append((price, number))
    rows = [(name, len(each), sum(price for price, _ in each), min(each)[1]) for name, each in found.items()]
    return [",".join(map(str, row)) for row in sorted(rows, key=lambda row: (-row[2], row[0]))]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_finds_what_python_finds(installation: Installation, cluster: str, engine: str) -> None:
    options, kind = ENGINES[engine]
    step = done(installation, cluster, f"totals-{engine}", TOTALS, "-p", "LEAST=100", *options)
    assert lines(installation, f"totals-{engine}") == totals(100)
    assert {each["applicationType"] for each in applications(installation, cluster, step).values()} == {kind} - {None}


def test_the_old_form_of_a_step(installation: Installation, cluster: str) -> None:
    put(installation, "parameters", "LEAST=900\n")
    options = ("-param_file", "s3://data/pig/parameters", "-x", "local")
    done(installation, cluster, "totals-old", TOTALS, *options, form="script-runner")
    assert lines(installation, "totals-old") == totals(900)


def test_functions_in_python_and_formats(installation: Installation, cluster: str) -> None:
    done(installation, cluster, "made", FUNCTIONS)
    done(installation, cluster, "again", AGAIN, "-p", "MADE=s3://data/pig/made", "-x", "local")
    found = [line for line in lines(installation, "again") if line.startswith('{"customer"')]
    wanted = {f'{{"customer":{number},"name":"{number} C"}}' for number in NAMES}
    assert set(found) == wanted


@pytest.mark.parametrize("engine", ["tez", "mapreduce"])
def test_tables_of_hcatalog(installation: Installation, cluster: str, engine: str) -> None:
    table = f"create table shop.orders_{engine} (id int, customer int, price int) stored as orc"
    place = f"location 's3://data/pig/tables/orders_{engine}'"
    hcat = installation.add_step(cluster, "hcat", "-e", f"create database if not exists shop; {table} {place};")
    installation.wait_step(cluster, hcat, "COMPLETED")
    options = ("-useHCatalog", "-p", f"ENGINE={engine}", *ENGINES[engine][0])
    done(installation, cluster, f"into-{engine}", INTO_TABLE, *options)
    done(installation, cluster, f"from-{engine}", FROM_TABLE, *options)
    prices, numbers = [price for _, _, price in ORDERS], [number for number, _, _ in ORDERS]
    assert lines(installation, f"from-{engine}") == [f"{len(prices)}\t{sum(prices)}\t{max(numbers)}"]
    assert lines_of_hive(installation, cluster, f"select count(*), sum(price) from shop.orders_{engine}") == [
        f"{len(prices)}\t{sum(prices)}"
    ]


def lines_of_hive(installation: Installation, cluster: str, sql: str) -> list[str]:
    """What `hive -e` prints."""
    step = installation.add_step(cluster, "hive", "-e", sql)
    installation.wait_step(cluster, step, "COMPLETED")
    return installation.step_log(cluster, step).splitlines()


FAILING = {
    "input": ("a = LOAD '$INPUT/nowhere'; STORE a INTO '$OUTPUT';", "s3://data/pig/in/nowhere"),
    "syntax": ("a = LOAD '$INPUT/orders'\nSTORE a INTO '$OUTPUT';", "mismatched input 'STORE' expecting SEMI_COLON"),
    "type": ("a = LOAD '$INPUT/orders' AS (n:int); b = FILTER a BY nothing > 1; STORE b INTO '$OUTPUT';", "nothing"),
    "parameter": ("a = LOAD '$INPUT/$NOTHING'; STORE a INTO '$OUTPUT';", "NOTHING"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_a_failing_script_says_why(installation: Installation, cluster: str, kind: str) -> None:
    text, words = FAILING[kind]
    step = script(installation, cluster, f"failing-{kind}", text)
    details = installation.wait_step(cluster, step, "FAILED")["FailureDetails"]
    assert words in details["Message"], details
    assert details["LogFile"] == f"s3://logs/{cluster}/steps/{step}/stderr.gz"


@pytest.mark.parametrize("engine", ["tez", "mapreduce"])
def test_a_failing_function_says_why(installation: Installation, cluster: str, engine: str) -> None:
    put(installation, "wrong.py", '@outputSchema("n:int")\ndef wrong(n):\n    return n / (n - n)\n')
    text = (
        "REGISTER 's3://data/pig/wrong.py' USING jython AS f;"
        "a = LOAD '$INPUT/orders' USING PigStorage(',') AS (id:int); b = FOREACH a GENERATE f.wrong(id);"
        "STORE b INTO '$OUTPUT';"
    )
    step = script(installation, cluster, f"wrong-{engine}", text, *ENGINES[engine][0])
    details = installation.wait_step(cluster, step, "FAILED")["FailureDetails"]
    assert "integer division or modulo by zero" in details["Message"], details


def test_a_cancelled_script_leaves_nothing_on_yarn(installation: Installation, cluster: str) -> None:
    text = "a = LOAD '$INPUT/names'; b = STREAM a THROUGH `sleep 600`; STORE b INTO '$OUTPUT';"
    step = script(installation, cluster, "endless", text)
    check_cancelled(installation, cluster, step)


def test_its_settings_and_its_logs(installation: Installation, cluster: str) -> None:
    (master,) = installation.containers(cluster, "MASTER")
    settings = installation.run_in(master, "cat", "/etc/pig/conf/pig.properties").splitlines()
    assert {"exectype=tez", "pig.user.cache.enabled=true"} < set(settings)
    step = script(installation, cluster, "logged", "a = LOAD 'hdfs:///nowhere'; DUMP a;", "-x", "local")
    installation.wait_step(cluster, step, "FAILED")
    listed = installation.emr.list_instances(ClusterId=cluster, InstanceGroupTypes=["MASTER"])["Instances"]
    folder = f"{cluster}/node/{listed[0]['Ec2InstanceId']}/applications/pig/pig_"
    wait_for(
        "Pig's log", lambda: [key for key in installation.keys(folder) if "Pig Stack Trace" in installation.log(key)]
    )
