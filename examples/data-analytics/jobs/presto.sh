#!/bin/bash
# presto.sh SCRIPT RESULT: runs the query of a script for Spark SQL and Hive in Presto, and writes its rows to S3, as CSV. What
# stands before the query says where those two write.
set -euo pipefail
folder=$(mktemp -d)
aws s3 cp --no-progress "$1" "$folder/script.sql"
sed -n '/^select/,$p' "$folder/script.sql" > "$folder/query.sql"
presto-cli --catalog hive --schema taxi --output-format CSV --file "$folder/query.sql" > "$folder/result.csv"
aws s3 cp --no-progress "$folder/result.csv" "$2"
