"""DynamoDB: the connector for Hadoop and Hive."""
