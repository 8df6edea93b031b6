-- What supervision tidies besides jobs: it drops the dependencies of jobs that are gone. Nothing else of pg-boss is written by this role:
-- its own migrations (bam), schedules, subscriptions and stored statistics are switched off in libs/jobs/queues.ts.
grant delete on jobs.job_dependency to {app};
