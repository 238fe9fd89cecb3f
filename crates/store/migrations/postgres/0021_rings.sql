-- Ten colours stay apart, so a channel beyond them has one of them as a ring: 10 to 19. What was
-- the other advertising shared its colour with what is offline.
alter table channels add column mark bigint not null default 0 check (mark between 0 and 19);
update channels set mark = case when kind = 'other' and colour = 9 then 19 else colour end;
alter table channels drop column colour;
alter table channels rename column mark to colour;
