-- Proofs of step-up that were used: one row each, written in the transaction of the act that it confirmed, so that no proof confirms two.
create table used_step_up_proofs (
  proof_id uuid        primary key,
  used_at  timestamptz not null
);
-- Swept by age; a proof is good for five minutes, so few rows stand here at once.
create index used_step_up_proofs_age on used_step_up_proofs (used_at);

grant select, insert, delete on used_step_up_proofs to {app};
grant select on used_step_up_proofs to {reader};
