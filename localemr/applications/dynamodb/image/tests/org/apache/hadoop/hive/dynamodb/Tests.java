package org.apache.hadoop.hive.dynamodb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.dynamodb.DynamoDBItemWritable;
import org.apache.hadoop.dynamodb.filter.DynamoDBQueryFilter;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.StorageDescriptor;
import org.apache.hadoop.hive.metastore.api.Table;
import org.apache.hadoop.hive.ql.plan.ExprNodeColumnDesc;
import org.apache.hadoop.hive.ql.plan.ExprNodeConstantDesc;
import org.apache.hadoop.hive.ql.plan.ExprNodeDesc;
import org.apache.hadoop.hive.ql.plan.ExprNodeGenericFuncDesc;
import org.apache.hadoop.hive.ql.udf.generic.GenericUDF;
import org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPAnd;
import org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPEqual;
import org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPEqualOrGreaterThan;
import org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPEqualOrLessThan;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfo;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfoFactory;
import org.apache.hadoop.io.DataInputBuffer;
import org.apache.hadoop.io.DataOutputBuffer;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** Tests of Hive's storage handler. They end the build when one fails. */
public final class Tests {
    private static final TypeInfo TEXT = TypeInfoFactory.stringTypeInfo, WHOLE = TypeInfoFactory.longTypeInfo;

    public static void main(String[] arguments) throws Exception {
        rowsComeBack();
        nullsAreLeftOutOrWritten();
        wholeItems();
        numbers();
        conditions();
        splitsTravel();
        tablesAreChecked();
        System.out.println("the handler's tests passed");
    }

    private static DynamoDBSerDe serde(String names, String types, String... more) throws Exception {
        Properties table = new Properties();
        table.setProperty("columns", names);
        table.setProperty("columns.types", types);
        for (int i = 0; i < more.length; i += 2) table.setProperty(more[i], more[i + 1]);
        DynamoDBSerDe made = new DynamoDBSerDe();
        made.initialize(new Configuration(false), table);
        return made;
    }

    private static Map<String, AttributeValue> item(DynamoDBSerDe serde, Object... row) throws Exception {
        return ((DynamoDBItemWritable) serde.serialize(Arrays.asList(row), serde.getObjectInspector())).getItem();
    }

    private static List<?> row(DynamoDBSerDe serde, Map<String, AttributeValue> item) throws Exception {
        return (List<?>) serde.deserialize(new DynamoDBItemWritable(item));
    }

    private static void rowsComeBack() throws Exception {
        DynamoDBSerDe serde = serde("id,score,name,raw,flag,tags,sizes,list,doc",
            "bigint:double:string:binary:boolean:array<string>:array<bigint>:array<double>:struct<a:bigint,b:map<string,string>>",
            "dynamodb.column.mapping", "id:Id,score:s,name:n,raw:r,flag:f,tags:t,sizes:z,list:l,doc:d",
            "dynamodb.type.mapping", "tags:SS,sizes:NS");
        byte[] raw = {0, 1, -1};
        Object[] given = {7L, 0.1, "ü", raw, true, List.of("a", "b"), List.of(1L, 2L), List.of(1.5), Arrays.asList(3L, Map.of("k", "v"))};
        Map<String, AttributeValue> item = item(serde, given);
        same(item.get("Id"), AttributeValue.builder().n("7").build());
        same(item.get("s").n(), "0.1");
        same(item.get("t").ss(), List.of("a", "b"));
        same(item.get("z").ns(), List.of("1", "2"));
        same(item.get("d").m().get("b").m().get("k").s(), "v");
        List<Object> found = new ArrayList<>(row(serde, item));
        same(new String((byte[]) found.remove(3), "ISO-8859-1"), new String(raw, "ISO-8859-1"));
        List<Object> expected = new ArrayList<>(Arrays.asList(given));
        expected.remove(3);
        same(found, expected);
    }

    private static void nullsAreLeftOutOrWritten() throws Exception {
        String[] mapping = {"dynamodb.column.mapping", "id:id,name:name"};
        same(item(serde("id,name", "bigint:string", mapping), 1L, null).keySet().toString(), "[id]");
        DynamoDBSerDe writing = serde("id,name", "bigint:string", mapping[0], mapping[1], "dynamodb.null.serialization", "true");
        same(item(writing, 1L, null).get("name").nul(), true);
        same(row(writing, item(writing, 1L, null)), Arrays.asList(1L, null));
        // An attribute of another type reads as NULL.
        same(row(writing, Map.of("id", AttributeValue.builder().s("one").build())), Arrays.asList(null, null));
        DynamoDBSerDe list = serde("id,l", "bigint:array<string>", "dynamodb.column.mapping", "id:id,l:l");
        refused("Null element found in list", () -> item(list, 1L, Arrays.asList("a", null)));
    }

    private static void wholeItems() throws Exception {
        DynamoDBSerDe serde = serde("item", "map<string,string>");
        Map<String, AttributeValue> item = Map.of(
            "id", AttributeValue.builder().n("1").build(),
            "l", AttributeValue.builder().l(AttributeValue.builder().bool(true).build(), AttributeValue.builder().nul(true).build()).build());
        List<?> row = row(serde, item);
        same(((Map<?, ?>) row.get(0)).get("id"), "{\"n\":\"1\"}");
        same(item(serde, row.get(0)), item);
        refused("Invalid attribute", () -> item(serde, Map.of("id", "one")));
        // A column of its own counts more.
        DynamoDBSerDe both = serde("id,item", "bigint:map<string,string>", "dynamodb.column.mapping", "id:id");
        same(item(both, 5L, row.get(0)).get("id").n(), "5");
    }

    private static void numbers() throws Exception {
        DynamoDBSerDe serde = serde("id", "bigint", "dynamodb.column.mapping", "id:id");
        same(row(serde, Map.of("id", AttributeValue.builder().n("1E+2").build())).get(0), 100L);
        refused("is no bigint", () -> row(serde, Map.of("id", AttributeValue.builder().n("1.5").build())));
        refused("The hive type int is not supported in DynamoDB", () -> serde("id", "int", "dynamodb.column.mapping", "id:id"));
    }

    private static void conditions() throws Exception {
        DynamoDBSerDe serde = serde("id,day,n", "string:bigint:bigint", "dynamodb.column.mapping", "id:Id,day:Day,n:N");
        ExprNodeDesc text = compared(new GenericUDFOPEqual(), column("id", TEXT), constant(TEXT, "a"));
        ExprNodeDesc low = compared(new GenericUDFOPEqualOrGreaterThan(), column("day", WHOLE), constant(WHOLE, 3L));
        ExprNodeDesc high = compared(new GenericUDFOPEqualOrLessThan(), column("day", WHOLE), constant(WHOLE, 9L));
        ExprNodeDesc other = compared(new GenericUDFOPEqual(), column("n", WHOLE), constant(WHOLE, 1L));
        DynamoDBQueryFilter all = filter(serde, compared(new GenericUDFOPAnd(), text, low, high, other));
        same(all.getKeyConditions().keySet().toString(), "[Id, Day]");
        same(all.getKeyConditions().get("Day").comparisonOperatorAsString(), "BETWEEN");
        same(all.getScanFilter().keySet().toString(), "[N]");
        DynamoDBQueryFilter scan = filter(serde, compared(new GenericUDFOPAnd(), low, high));
        same(scan.getKeyConditions().size() + " " + scan.getScanFilter().size(), "0 1");
        // Hive compares a text with a number as numbers, DynamoDB would not.
        ExprNodeDesc mixed = compared(new GenericUDFOPEqual(), column("id", TEXT), constant(WHOLE, 5L));
        same(new Predicates(serde.columns()).pushes(mixed), false);
    }

    private static ExprNodeDesc column(String name, TypeInfo type) {
        return new ExprNodeColumnDesc(type, name, "t", false);
    }

    private static ExprNodeDesc constant(TypeInfo type, Object value) {
        return new ExprNodeConstantDesc(type, value);
    }

    private static ExprNodeGenericFuncDesc compared(GenericUDF function, ExprNodeDesc... children) {
        return new ExprNodeGenericFuncDesc(TypeInfoFactory.booleanTypeInfo, function, Arrays.asList(children));
    }

    private static DynamoDBQueryFilter filter(DynamoDBSerDe serde, ExprNodeGenericFuncDesc condition) {
        return new Predicates(serde.columns()).filter(condition, List.of("Id", "Day"));
    }

    private static void splitsTravel() throws Exception {
        DataOutputBuffer out = new DataOutputBuffer();
        new HiveDynamoDBSplit(new Path("/t"), 12, 3, List.of(4, 9), 10, 99).write(out);
        DataInputBuffer in = new DataInputBuffer();
        in.reset(out.getData(), out.getLength());
        HiveDynamoDBSplit copy = new HiveDynamoDBSplit();
        copy.readFields(in);
        same(copy.getSegments() + " " + copy.getTotalSegments() + " " + copy.getSplitId() + " " + copy.getApproxItemCount()
            + " " + copy.getLength() + " " + copy.getPath(), "[4, 9] 10 3 12 99 /t");
    }

    private static void tablesAreChecked() throws Exception {
        Table table = table("id:Id", new FieldSchema("id", "bigint", ""));
        refused("Only EXTERNAL tables are supported", () -> { TableCheck.external(table); return null; });
        TableCheck.columns(described("N"), table);
        refused("The key element id does not match type", () -> { TableCheck.columns(described("S"), table); return null; });
        refused("Could not find column mapping for column: id", () -> check("", new FieldSchema("id", "bigint", "")));
        refused("Could not find column(s) for column mapping(s): x:y", () -> check("id:Id,x:y", new FieldSchema("id", "bigint", "")));
        refused("The hive type int is not supported", () -> check("id:Id", new FieldSchema("id", "int", "")));
    }

    private static Object check(String mapping, FieldSchema column) throws Exception {
        TableCheck.columns(described("N"), table(mapping, column));
        return null;
    }

    private static Table table(String mapping, FieldSchema column) {
        Table table = new Table();
        table.setSd(new StorageDescriptor());
        table.getSd().setCols(List.of(column));
        table.setTableType("MANAGED_TABLE");
        table.setParameters(Map.of("dynamodb.column.mapping", mapping));
        return table;
    }

    private static TableDescription described(String type) {
        AttributeDefinition key = AttributeDefinition.builder().attributeName("Id").attributeType(type).build();
        return TableDescription.builder().tableName("t").tableStatus("ACTIVE").attributeDefinitions(key).build();
    }

    private static void refused(String words, Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (Exception error) {
            if (String.valueOf(error.getMessage()).contains(words)) return;
            throw error;
        }
        throw new AssertionError("not refused: " + words);
    }

    private static void same(Object found, Object expected) {
        if (!expected.equals(found)) throw new AssertionError(found + ", not " + expected);
    }
}
