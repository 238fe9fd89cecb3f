select
    (select count() from journal_position) + (select count() from hits)
    + (select count() from outcomes) + (select count() from costs)
    + (select count() from lead_states) + (select count() from history) + (select count() from traffic)
