package org.apache.spark.examples;

/** The same estimate under the name of Spark's Java example. */
public final class JavaSparkPi {
  private JavaSparkPi() {}

  public static void main(String[] args) {
    SparkPi.main(args);
  }
}
