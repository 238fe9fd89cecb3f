-- Since when a paid deal makes a lead a sale, whatever was said of it.
alter table leads add column sold_at bigint;
