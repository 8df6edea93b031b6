-- What has begun and not ended, so that what stands still is found without a look at the rest. A row comes with its transaction and goes
-- with its end; `look_at` moves when it is looked at, never with a step.
create table unsettled_transactions (
  transaction_id uuid        primary key,
  look_at        timestamptz not null
);
insert into unsettled_transactions (transaction_id, look_at)
select transaction_id, stage_at from transactions where stage not in ('COMPLETED', 'FAILED');

grant select, insert, update, delete on unsettled_transactions to {app};
grant select on unsettled_transactions to {reader};

-- A row that the ledger refused frees its key, so that sending it again books it.
grant delete on imported_references to {app};
delete from imported_references used using transactions t
where t.transaction_id = used.transaction_id and t.stage = 'FAILED';
