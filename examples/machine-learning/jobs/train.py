"""A pipeline for customers who leave, chosen by cross-validation, and saved."""

import argparse
import json

from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.feature import OneHotEncoder, StandardScaler, StringIndexer, VectorAssembler
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import SparkSession

SCHEMA = "id int, months double, fee double, calls double, plan string, left int"
STRENGTHS = (0.001, 0.1)
FOLDS = 3


def pipeline():
    """Text to numbers, numbers to one vector of equal scale, and the regression."""
    regression = LogisticRegression(labelCol="left", featuresCol="scaled", maxIter=30)
    stages = [
        StringIndexer(inputCol="plan", outputCol="plan_index"),
        OneHotEncoder(inputCol="plan_index", outputCol="plan_vector"),
        VectorAssembler(inputCols=["months", "fee", "calls", "plan_vector"], outputCol="features"),
        StandardScaler(inputCol="features", outputCol="scaled"),
        regression,
    ]
    return Pipeline(stages=stages), regression


def main(data, model, metrics):
    """Train on `data` (CSV), save the best pipeline to `model`, the mean AUC of each setting to `metrics` (JSON)."""
    with SparkSession.builder.appName("train").getOrCreate() as spark:
        customers = spark.read.csv(data, header=True, schema=SCHEMA).coalesce(2).cache()
        stages, regression = pipeline()
        settings = ParamGridBuilder().addGrid(regression.regParam, STRENGTHS).build()
        judge = BinaryClassificationEvaluator(labelCol="left", metricName="areaUnderROC", numBins=0)
        trials = CrossValidator(
            estimator=stages, estimatorParamMaps=settings, evaluator=judge, numFolds=FOLDS, seed=7, parallelism=2
        )
        found = trials.fit(customers)
        found.bestModel.write().overwrite().save(model)
        report = {"auc": dict(zip(map(str, STRENGTHS), found.avgMetrics))}
        spark.createDataFrame([(json.dumps(report),)], "value string").coalesce(1).write.mode("overwrite").text(metrics)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--metrics", required=True)
    main(**vars(parser.parse_args()))
