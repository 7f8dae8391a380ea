package org.apache.spark.examples;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** Counts the words of a text file. Usage: JavaWordCount file */
public final class JavaWordCount {
  private static final Pattern SPACE = Pattern.compile(" ");

  private JavaWordCount() {}

  public static void main(String[] args) {
    if (args.length < 1) {
      System.err.println("Usage: JavaWordCount <file>");
      System.exit(1);
    }
    try (SparkSession spark = SparkSession.builder().appName("JavaWordCount").getOrCreate()) {
      JavaPairRDD<String, Integer> counts = spark.read().textFile(args[0]).javaRDD()
          .flatMap(line -> Arrays.asList(SPACE.split(line)).iterator())
          .mapToPair(word -> new Tuple2<>(word, 1))
          .reduceByKey(Integer::sum);
      for (Tuple2<?, ?> count : counts.collect()) {
        System.out.println(count._1() + ": " + count._2());
      }
    }
  }
}
