-- A husk (ROLLED_BACK) has no personal column, no key and no search words any more.
create table customers (
  customer_id             uuid        primary key,
  -- Null for somebody who does not sign in (yet). A pointer to identity, and no datum of ours: it stays, so that he can be told.
  user_id                 uuid,
  status                  text        not null check (status in ('ACTIVE', 'ROLLED_BACK')),
  first_name_encrypted    text,
  last_name_encrypted     text,
  date_of_birth_encrypted text,
  email_encrypted         text,
  email_hash              text,
  phone_encrypted         text,
  phone_hash              text,
  nationality_encrypted   text,
  address_encrypted       text,
  home_currency           char(3)     not null,
  kyc_status              text        not null check (kyc_status in ('PENDING', 'IN_REVIEW', 'VERIFIED', 'REJECTED', 'EXPIRED')),
  kyc_expires_on          date,
  -- Once true it stays: from then on a rejection takes nothing back.
  was_verified            boolean     not null,
  risk_category           text        check (risk_category in ('LOW', 'MEDIUM', 'HIGH')),
  kyc_answers_encrypted   text,
  submitted_by            text,
  submitted_at            timestamptz,
  decided_at              timestamptz,
  -- Free words of an officer, in which a name may stand.
  kyc_reason_encrypted    text,
  version                 int         not null check (version >= 1),
  created_by              text        not null,
  created_at              timestamptz not null,
  updated_at              timestamptz not null,
  constraint customers_husk_is_empty check (status = 'ACTIVE' or num_nonnulls(first_name_encrypted, last_name_encrypted,
    date_of_birth_encrypted, email_encrypted, email_hash, phone_encrypted, phone_hash, nationality_encrypted, address_encrypted,
    kyc_answers_encrypted, kyc_reason_encrypted) = 0),
  constraint customers_verified_until check ((kyc_status = 'VERIFIED') <= (kyc_expires_on is not null))
) with (fillfactor = 90);
create index customers_newest on customers (created_at, customer_id) where status = 'ACTIVE';
create index customers_newest_of_kyc on customers (kyc_status, created_at, customer_id) where status = 'ACTIVE';
create index customers_waiting on customers (submitted_at, customer_id) where kyc_status = 'IN_REVIEW';
create index customers_expiring on customers (kyc_expires_on, customer_id) where kyc_status = 'VERIFIED';
create index customers_email on customers (email_hash) where email_hash is not null;
create index customers_phone on customers (phone_hash) where phone_hash is not null;

-- The data key of a customer, wrapped by the master key: without this row nothing of his can be read, wherever copies lie.
create table customer_keys (
  customer_id uuid        primary key references customers,
  key_id      text        not null,
  wrapped_key bytea       not null,
  created_at  timestamptz not null
);

-- A keyed hash for each word of a name.
create table customer_search_words (
  customer_id uuid not null references customers,
  word_hash   text not null,
  primary key (word_hash, customer_id)
);
create index customer_search_words_of_customer on customer_search_words (customer_id);

create table kyc_documents (
  document_id               uuid        primary key,
  customer_id               uuid        not null references customers,
  document_type             text        not null check (document_type in
    ('ID', 'PASSPORT', 'DRIVING_LICENCE', 'PROOF_ADDRESS', 'INCOME', 'BUSINESS_REGISTRATION')),
  document_status           text        not null check (document_status in ('PENDING', 'VERIFIED', 'REJECTED', 'EXPIRED')),
  document_number_encrypted text,
  issuing_country           char(2),
  expires_on                date,
  added_by                  text        not null,
  added_at                  timestamptz not null
);
create index kyc_documents_of_customer on kyc_documents (customer_id, added_at, document_id);

-- Whose a document number is, by keyed hash: two customers never have the same, one customer may hand in the same paper again.
create table document_numbers (
  number_hash text primary key,
  customer_id uuid not null references customers
);
create index document_numbers_of_customer on document_numbers (customer_id);

-- Append-only: what happened to a verification, who did it and why (the reason under the customer's key).
create table kyc_steps (
  customer_id      uuid        not null references customers,
  sequence         int         not null check (sequence >= 1),
  kyc_status       text        not null check (kyc_status in ('PENDING', 'IN_REVIEW', 'VERIFIED', 'REJECTED', 'EXPIRED')),
  reason_encrypted text,
  changed_by       text        not null,
  changed_at       timestamptz not null,
  primary key (customer_id, sequence)
);

create table customer_relations (
  customer_id         uuid        not null references customers,
  related_customer_id uuid        not null references customers,
  relation            text        not null check (relation in ('JOINT', 'DELEGATE')),
  capabilities        text[]      not null check (capabilities <@ '{view,debit,manage}' and cardinality(capabilities) > 0),
  added_by            text        not null,
  added_at            timestamptz not null,
  primary key (customer_id, related_customer_id),
  constraint customer_relations_two check (customer_id <> related_customer_id)
);
create index customer_relations_of_related on customer_relations (related_customer_id);

grant select, insert, update on customers, kyc_documents to {app};
grant delete on kyc_documents to {app};
grant select, insert, delete on customer_keys, customer_search_words, document_numbers, customer_relations to {app};
grant select, insert on kyc_steps to {app};
grant select on customers, customer_keys, customer_search_words, kyc_documents, kyc_steps, customer_relations to {reader};
