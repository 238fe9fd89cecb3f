-- The queue of jobs never had a job.
drop table jobs;
