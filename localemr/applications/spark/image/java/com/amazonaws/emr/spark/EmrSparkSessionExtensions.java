package com.amazonaws.emr.spark;

import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** EMR's extensions of sessions by the name that configurations give them. They only save time, so here they are none. */
public class EmrSparkSessionExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        return BoxedUnit.UNIT;
    }
}
