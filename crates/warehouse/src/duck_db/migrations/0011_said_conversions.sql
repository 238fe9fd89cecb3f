-- Conversions that a platform counts to itself, and their value. What is older says none.
alter table costs add column conversions_micros bigint default 0;

alter table costs add column conversion_value_micros bigint default 0;

alter table costs alter column conversions_micros set not null;

alter table costs alter column conversion_value_micros set not null;
