"""A job that uses AWS in many ways without a setting: SDKs by environment and by AWS's names, Glue's factory, EMRFS.

Writes its findings as JSON to s3://data/reached/found.json. Argument: the database that boto3 made in Glue.
"""

import json
import subprocess
import sys

import boto3
from botocore.config import Config
from pyspark.sql import SparkSession

CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"total_max_attempts": 2})
PLACE = {"Bucket": "data", "Key": "reached/in.txt"}
FOUND = {}


def note(name, call):
    try:
        FOUND[name] = call()
    except Exception as error:
        FOUND[name] = f"{type(error).__name__}: {error}"[:300]


def read(url=None, style="auto", region="us-east-1"):
    config = CONFIG.merge(Config(s3={"addressing_style": style}))
    s3 = boto3.client("s3", endpoint_url=url, region_name=region, config=config)
    return s3.get_object(**PLACE)["Body"].read().decode()


def bare(program):
    """Output of a Python program without any environment but keys, in a home without files."""
    keys = [f"AWS_ACCESS_KEY_ID={sys.argv[2]}", f"AWS_SECRET_ACCESS_KEY={sys.argv[3]}"]
    command = ["env", "-i", "HOME=/nowhere", *keys, "python3", "-c", f"import boto3; {program}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


spark = SparkSession.builder.appName("reach").enableHiveSupport().getOrCreate()
base = sys.argv[1]
AWS = "https://s3.amazonaws.com"
STATE = "list_clusters(ClusterStates=['RUNNING'])['Clusters'][0]['Status']['State']"


def on_executor(*place):
    return spark.sparkContext.parallelize([1], 1).map(lambda _: read(*place)).first()


def hadoop_cat():
    provider = "com.amazonaws.auth.DefaultAWSCredentialsProviderChain"
    options = ["fs.s3a.endpoint=s3.amazonaws.com", "fs.s3a.connection.ssl.enabled=true",
               f"fs.s3a.aws.credentials.provider={provider}"]  # fmt: skip
    words = [word for option in options for word in ("-D", option)]
    command = ["hadoop", "fs", *words, "-cat", "s3a://data/reached/in.txt"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


note("driver", read)
note("executor", on_executor)
note("bucket below s3", lambda: read("http://s3:9000", "virtual"))
note("bucket below AWS's name", lambda: read("https://s3.eu-west-1.amazonaws.com", "virtual", "eu-west-1"))
note("global name, HTTP", lambda: read("http://s3.amazonaws.com", "path"))
note("executor, AWS's name", lambda: on_executor(AWS, "path"))
note("bare sts", lambda: bare("print(boto3.client('sts', 'us-east-1').get_caller_identity()['Account'])"))
note("bare emr", lambda: bare(f"print(boto3.client('emr', 'us-east-1').{STATE})"))
DATABASE = f"get_database(Name='{base}')['Database']['Name']"
note("bare glue", lambda: bare(f"print(boto3.client('glue', 'us-east-1').{DATABASE})"))
note("bare s3", lambda: bare(f"print(boto3.client('s3', 'us-west-2').get_object(**{PLACE})['Body'].read().decode())"))
note("bare athena", lambda: boto3.client("athena", "us-east-1", config=CONFIG).list_work_groups())
LOOK_UP = ["getent", "hosts", "db.x.us-east-1.rds.amazonaws.com"]
note("a database of AWS", lambda: subprocess.run(LOOK_UP, check=False).returncode)
note("databases", lambda: base in [row[0] for row in spark.sql("show databases").collect()])
spark.range(10).selectExpr("sum(id) n").write.mode("overwrite").parquet("s3://data/reached/parquet")
note("EMRFS", lambda: spark.read.parquet("s3://data/reached/parquet").first().n)
note("AWS's endpoint for S3A", hadoop_cat)
boto3.client("s3").put_object(Bucket="data", Key="reached/found.json", Body=json.dumps(FOUND).encode())
