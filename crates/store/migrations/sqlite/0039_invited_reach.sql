-- A list of channels that whoever was invited is to see; all of them where nothing is said.
alter table invitations add column channels text;
