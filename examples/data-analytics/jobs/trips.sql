-- The raw CSV of trips as a partitioned Parquet table in the catalog. Spark SQL; may run again.
create database if not exists taxi location 's3://localemr-data-analytics/warehouse/';

create or replace temporary view raw_trips (
  pickup timestamp, borough string, passengers int, miles decimal(8,2), fare decimal(8,2), tip decimal(8,2),
  payment string, month string
) using csv options (path 's3://localemr-data-analytics/raw/trips/', header 'true');

drop table if exists taxi.trips;

create table taxi.trips using parquet partitioned by (month) as
select pickup, borough, passengers, miles, fare, tip, payment, month from raw_trips;
