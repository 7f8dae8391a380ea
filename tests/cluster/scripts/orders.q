-- A Hive script as a step runs it: reads lines from ${INPUT}, writes what they sum up to below ${OUTPUT}.
drop table if exists orders_raw;
drop table if exists orders_orc;
drop table if exists totals;
create external table orders_raw (id int, customer string, amount decimal(10,2), at timestamp)
  row format delimited fields terminated by '\t' location '${INPUT}';
create table orders_orc stored as orc as select * from orders_raw;
create external table totals (customer string, orders bigint, amount decimal(20,2))
  row format delimited fields terminated by ',' location '${OUTPUT}';
insert overwrite table totals
  select customer, count(*), sum(amount) from orders_orc group by customer order by customer;
