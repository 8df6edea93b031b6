-- Which texts a seal was made of: since version 2 a transaction that exchanged currencies or adjusts a closed period says so in its text. The
-- number is hashed with the seal. An instance from before that still runs names none, and seals as before.
alter table seals add column version smallint not null default 1 check (version in (1, 2));
