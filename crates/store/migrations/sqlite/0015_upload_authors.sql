-- A file waits for its import where only the person who brought it can go on with it.
alter table uploads add column author_id integer references users (id);
