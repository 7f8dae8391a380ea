package org.apache.spark.examples;

import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Estimates Pi by throwing points at a square. Usage: SparkPi [slices] */
public final class SparkPi {
  private static final int POINTS_PER_SLICE = 100_000;

  private SparkPi() {}

  public static void main(String[] args) {
    int slices = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    try (SparkSession spark = SparkSession.builder().appName("Spark Pi").getOrCreate()) {
      JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
      long points = (long) POINTS_PER_SLICE * slices;
      long inside = context.parallelize(IntStream.range(0, slices).boxed().toList(), slices)
          .map(slice -> throwPoints())
          .reduce(Long::sum);
      System.out.println("Pi is roughly " + 4.0 * inside / points);
    }
  }

  private static long throwPoints() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long inside = 0;
    for (int i = 0; i < POINTS_PER_SLICE; i++) {
      double x = random.nextDouble(-1, 1);
      double y = random.nextDouble(-1, 1);
      if (x * x + y * y <= 1) {
        inside++;
      }
    }
    return inside;
  }
}
