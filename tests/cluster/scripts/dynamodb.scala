// Spark's side of tests/cluster/test_dynamodb.py: one table on DynamoDB is copied to another.
import org.apache.hadoop.dynamodb.DynamoDBItemWritable
import org.apache.hadoop.dynamodb.read.DynamoDBInputFormat
import org.apache.hadoop.dynamodb.write.DynamoDBOutputFormat
import org.apache.hadoop.io.Text
import org.apache.hadoop.mapred.JobConf

val job = new JobConf(sc.hadoopConfiguration)
job.set("dynamodb.input.tableName", "orders")
job.set("dynamodb.output.tableName", "copies")
job.set("dynamodb.throughput.write.percent", "1.0")
job.set("mapred.output.format.class", "org.apache.hadoop.dynamodb.write.DynamoDBOutputFormat")
val items = sc.hadoopRDD(job, classOf[DynamoDBInputFormat], classOf[Text], classOf[DynamoDBItemWritable])
items.filter(_._2.getItem.get("id").n.toInt < 500).saveAsHadoopDataset(job)
println("COUNT " + items.count())
sys.exit(0)
