-- Parked events are run again by themselves: the oldest of a key has the time of its next attempt, those behind it have none.
alter table dead_letters
  add column next_attempt_at timestamptz,
  add column replays int not null default 0;
update dead_letters letter set next_attempt_at = parked_at
where resolved_at is null and not exists (
  select 1 from dead_letters older
  where older.producer = letter.producer and older.partitionkey = letter.partitionkey and older.resolved_at is null
    and older.dead_letter_id < letter.dead_letter_id);
create index dead_letters_due on dead_letters (next_attempt_at) where resolved_at is null and next_attempt_at is not null;
create index dead_letters_of_key on dead_letters (producer, partitionkey, dead_letter_id) where resolved_at is null;
