package org.apache.hadoop.hive.dynamodb;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.dynamodb.DynamoDBConstants;
import org.apache.hadoop.dynamodb.filter.DynamoDBFilter;
import org.apache.hadoop.dynamodb.filter.DynamoDBFilterOperator;
import org.apache.hadoop.dynamodb.filter.DynamoDBQueryFilter;
import org.apache.hadoop.hive.ql.exec.SerializationUtilities;
import org.apache.hadoop.hive.ql.index.IndexPredicateAnalyzer;
import org.apache.hadoop.hive.ql.index.IndexSearchCondition;
import org.apache.hadoop.hive.ql.plan.ExprNodeDesc;
import org.apache.hadoop.hive.ql.plan.TableScanDesc;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ComparisonOperator;
import software.amazon.awssdk.services.dynamodb.model.Condition;

/**
 * Which conditions of a statement DynamoDB evaluates: comparisons of texts and numbers with constants of the same type. Hive
 * evaluates them again, so what is left out here costs time alone.
 */
final class Predicates {
    private static final List<DynamoDBFilterOperator> COMPARISONS = List.of(
        DynamoDBFilterOperator.EQ, DynamoDBFilterOperator.LE, DynamoDBFilterOperator.GE,
        DynamoDBFilterOperator.LT, DynamoDBFilterOperator.GT);

    private final Columns columns;

    Predicates(Columns columns) {
        this.columns = columns;
    }

    /** Whether DynamoDB evaluates a part of the condition. */
    boolean pushes(ExprNodeDesc condition) {
        return !comparisons(condition).isEmpty();
    }

    /** The filter for a job: for none where it has no condition, or does not want DynamoDB to evaluate any. */
    DynamoDBQueryFilter filter(Configuration job) {
        String text = job.get(TableScanDesc.FILTER_EXPR_CONF_STR);
        if (text == null || !job.getBoolean(DynamoDBConstants.DYNAMODB_FILTER_PUSHDOWN, true)) return new DynamoDBQueryFilter();
        List<String> keys = List.of(job.get(DynamoDBConstants.DYNAMODB_TABLE_KEY_NAMES, "").split(","));
        return filter(SerializationUtilities.deserializeExpression(text), keys);
    }

    /** The filter for a condition. It has key conditions where the first of `keys` equals a constant. */
    DynamoDBQueryFilter filter(ExprNodeDesc condition, List<String> keys) {
        DynamoDBQueryFilter filter = new DynamoDBQueryFilter();
        Map<String, Comparison> found = comparisons(condition);
        Comparison first = found.get(keys.get(0));
        if (first != null && first.operator == DynamoDBFilterOperator.EQ) {
            for (String key : keys) {
                if (found.containsKey(key)) filter.addKeyCondition(found.remove(key));
            }
        }
        found.values().forEach(filter::addScanFilter);
        return filter;
    }

    /** One comparison an attribute, which is all that DynamoDB takes: equality, a range, or one of its ends. */
    private Map<String, Comparison> comparisons(ExprNodeDesc condition) {
        Map<String, Map<DynamoDBFilterOperator, Comparison>> all = new LinkedHashMap<>();
        for (IndexSearchCondition each : conditions(condition)) {
            Comparison made = comparison(each);
            if (made != null) {
                all.computeIfAbsent(made.attribute, name -> new EnumMap<>(DynamoDBFilterOperator.class))
                    .putIfAbsent(made.operator, made);
            }
        }
        Map<String, Comparison> chosen = new LinkedHashMap<>();
        all.forEach((attribute, found) -> chosen.put(attribute, chosen(found)));
        return chosen;
    }

    private static Comparison chosen(Map<DynamoDBFilterOperator, Comparison> found) {
        Comparison low = found.get(DynamoDBFilterOperator.GE);
        Comparison high = found.get(DynamoDBFilterOperator.LE);
        if (!found.containsKey(DynamoDBFilterOperator.EQ) && low != null && high != null) {
            return new Comparison(low.attribute, low.kind, DynamoDBFilterOperator.BETWEEN, low.values.get(0), high.values.get(0));
        }
        return COMPARISONS.stream().map(found::get).filter(each -> each != null).findFirst().orElseThrow();
    }

    private List<IndexSearchCondition> conditions(ExprNodeDesc condition) {
        IndexPredicateAnalyzer analyzer = new IndexPredicateAnalyzer();
        COMPARISONS.forEach(each -> analyzer.addComparisonOp(each.getHiveClass()));
        analyzer.clearAllowedColumnNames();
        for (int i = 0; i < columns.names.size(); i++) {
            boolean comparable = columns.kinds.get(i) == Kind.S || columns.kinds.get(i) == Kind.N;
            if (comparable && columns.attribute(columns.names.get(i)) != null) analyzer.allowColumnName(columns.names.get(i));
        }
        List<IndexSearchCondition> found = new ArrayList<>();
        analyzer.analyzePredicate(condition, found);
        return found;
    }

    /** Null: the constant is of another type, so that Hive compares otherwise than DynamoDB does. */
    private Comparison comparison(IndexSearchCondition condition) {
        String column = condition.getColumnDesc().getColumn();
        Kind kind = columns.kinds.get(columns.names.indexOf(column));
        Object constant = condition.getConstantDesc().getValue();
        DynamoDBFilterOperator operator = DynamoDBFilterOperator.getFilterOperationFromHiveClass(condition.getComparisonOp());
        String attribute = columns.attribute(column);
        if (kind == Kind.S) {
            return constant instanceof String ? new Comparison(attribute, kind, operator, (String) constant) : null;
        }
        String number = number(constant);
        return number == null ? null : new Comparison(attribute, kind, operator, number);
    }

    private static String number(Object constant) {
        if (!(constant instanceof Number)) return null;
        try {
            return new BigDecimal(constant.toString()).toString();
        } catch (NumberFormatException infinite) {
            return null;
        }
    }

    /** A comparison of an attribute. */
    static final class Comparison implements DynamoDBFilter {
        final String attribute;
        final Kind kind;
        final DynamoDBFilterOperator operator;
        final List<String> values;

        Comparison(String attribute, Kind kind, DynamoDBFilterOperator operator, String... values) {
            this.attribute = attribute;
            this.kind = kind;
            this.operator = operator;
            this.values = List.of(values);
        }

        @Override
        public String getColumnName() {
            return attribute;
        }

        @Override
        public String getColumnType() {
            return kind.name();
        }

        @Override
        public DynamoDBFilterOperator getOperator() {
            return operator;
        }

        @Override
        public Condition getDynamoDBCondition() {
            List<AttributeValue> constants = new ArrayList<>();
            for (String each : values) {
                AttributeValue.Builder made = AttributeValue.builder();
                constants.add((kind == Kind.N ? made.n(each) : made.s(each)).build());
            }
            ComparisonOperator comparison = ComparisonOperator.fromValue(operator.getDynamoDBName());
            return Condition.builder().comparisonOperator(comparison).attributeValueList(constants).build();
        }
    }
}
