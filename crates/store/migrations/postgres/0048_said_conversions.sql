-- Conversions that a platform counts to itself, and their value. What is older says none.
alter table cost_rows add column conversions_micros bigint not null default 0;
alter table cost_rows add column conversion_value_micros bigint not null default 0;
