-- Hive's side of tests/cluster/test_dynamodb.py.
CREATE EXTERNAL TABLE source (id bigint, customer string, total double)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/dynamodb/source/';
CREATE EXTERNAL TABLE customers (name string, city string)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/dynamodb/customers/';
CREATE EXTERNAL TABLE orders (id bigint, customer string, total double)
STORED BY 'org.apache.hadoop.hive.dynamodb.DynamoDBStorageHandler'
TBLPROPERTIES ("dynamodb.table.name" = "orders", "dynamodb.column.mapping" = "id:id,customer:customer,total:total");
CREATE EXTERNAL TABLE items (item map<string,string>)
STORED BY 'org.apache.hadoop.hive.dynamodb.DynamoDBStorageHandler' TBLPROPERTIES ("dynamodb.table.name" = "orders");
CREATE EXTERNAL TABLE provisioned (id bigint, customer string, total double, gone string)
STORED BY 'org.apache.hadoop.hive.dynamodb.DynamoDBStorageHandler'
TBLPROPERTIES ("dynamodb.table.name" = "provisioned", "dynamodb.throughput.write" = "5000",
  "dynamodb.column.mapping" = "id:id,customer:customer,total:total,gone:gone", "dynamodb.null.serialization" = "true");

SET dynamodb.throughput.write.percent=1.0;
SET dynamodb.throughput.read.percent=1.0;
INSERT OVERWRITE TABLE orders SELECT * FROM source;
INSERT OVERWRITE TABLE provisioned SELECT id, customer, total, NULL FROM source WHERE id < 100;

INSERT OVERWRITE DIRECTORY 's3://data/dynamodb/exported/' ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' SELECT * FROM orders;
INSERT OVERWRITE DIRECTORY 's3://data/dynamodb/seen/' ROW FORMAT DELIMITED FIELDS TERMINATED BY ','
SELECT * FROM (
  SELECT 'key', customer, total FROM orders WHERE id = 7
  UNION ALL SELECT 'range', cast(min(id) AS string), cast(count(*) AS double) FROM orders WHERE id >= 10 AND id <= 19
  UNION ALL SELECT 'item', max(item['customer']), cast(count(*) AS double) FROM items WHERE item['id'] = '{"n":"7"}'
  UNION ALL SELECT 'nulls', 'provisioned', cast(count(*) AS double) FROM provisioned WHERE gone IS NULL
  UNION ALL SELECT 'joined', c.city, cast(count(*) AS double) FROM orders o JOIN customers c ON o.customer = c.name GROUP BY c.city
) seen;
