-- Staging and intermediate now take in only what is new, and the marts have other columns: dbt makes all three again
-- from raw on the next run. What was published stays as it was published.
drop schema staging cascade;
drop schema intermediate cascade;
drop schema marts cascade;
create schema staging;
create schema intermediate;
create schema marts;
grant usage, create on schema staging, intermediate, marts to cs_transformer;
grant usage on schema staging to cs_gate;
grant usage on schema marts to cs_gate, cs_scorer, cs_decider, cs_publisher;
