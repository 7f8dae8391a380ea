-- Trips and money by borough and hour, and the rank of the hour in its borough. The same text runs in Spark SQL and in
-- Hive; ${OUTPUT} is where the result is written, as CSV without a header.
insert overwrite directory '${OUTPUT}'
row format delimited fields terminated by ','
select borough, pickup_hour, trips, fares, tips, dense_rank() over (partition by borough order by trips desc) as busiest
from (
  select borough, hour(pickup) as pickup_hour, count(*) as trips, sum(fare) as fares, sum(tip) as tips
  from taxi.trips
  where payment = 'card'
  group by borough, hour(pickup)
) hours;
