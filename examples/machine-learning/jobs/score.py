"""Loads the saved pipeline and scores customers that it has not seen."""

import argparse
import json

from pyspark.ml import PipelineModel
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

SCHEMA = "id int, months double, fee double, calls double, plan string, left int"


def main(data, model, scores, metrics):
    """Score `data` (CSV) with `model`; write id, left and score to `scores` (CSV), and the AUC to `metrics` (JSON)."""
    with SparkSession.builder.appName("score").getOrCreate() as spark:
        customers = spark.read.csv(data, header=True, schema=SCHEMA)
        scored = PipelineModel.load(model).transform(customers).cache()
        judge = BinaryClassificationEvaluator(labelCol="left", metricName="areaUnderROC", numBins=0)
        report = json.dumps({"auc": judge.evaluate(scored), "rows": scored.count()})
        # Not by pyspark.ml.functions, which needs pandas: nodes have NumPy alone.
        second = F.udf(lambda vector: float(vector[1]), "double")
        rows = scored.select("id", "left", second("probability").alias("score"))
        rows.coalesce(1).write.csv(scores, header=True, mode="overwrite")
        spark.createDataFrame([(report,)], "value string").coalesce(1).write.mode("overwrite").text(metrics)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--scores", required=True)
    parser.add_argument("--metrics", required=True)
    main(**vars(parser.parse_args()))
