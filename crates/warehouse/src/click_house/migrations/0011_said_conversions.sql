-- Conversions that a platform counts to itself, and their value. What is older says none.
alter table costs
add column if not exists conversions_micros Int64 codec(T64, ZSTD) after original_currency;

alter table costs
add column if not exists conversion_value_micros Int64 codec(T64, ZSTD) after conversions_micros;
