-- Ten colours stay apart, so a channel beyond them has one of them as a ring: 10 to 19. What was
-- the other advertising shared its colour with what is offline.
alter table channels drop constraint channels_colour_check;
alter table channels add constraint channels_colour_check check (colour between 0 and 19);
update channels set colour = 19 where kind = 'other' and colour = 9;
