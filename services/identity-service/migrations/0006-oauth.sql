-- One key of each algorithm signs: EdDSA for the bank's own tokens, ES256 for those of third parties, PS256 for ID tokens and signed answers.
alter table signing_keys add column alg text not null default 'EdDSA' check (alg in ('EdDSA', 'ES256', 'PS256'));
drop index signing_keys_one_active;
create unique index signing_keys_one_active on signing_keys (alg) where retired_at is null;

-- Third parties (the documents' OAUTH_CLIENTS). No client has a secret that the bank knows: client_secret_hash stays null, and says so.
create table oauth_clients (
  client_id                  text        primary key,
  client_secret_hash         text        constraint oauth_clients_no_secret check (client_secret_hash is null),
  client_name                text        not null,
  redirect_uris              text[]      not null,
  grant_types                text[]      not null,
  response_types             text[]      not null,
  token_endpoint_auth_method text        not null check (token_endpoint_auth_method in
    ('private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth')),
  jwks_uri                   text,
  tls_client_auth_subject_dn text,
  organisation_id            text        not null,
  software_name              text,
  webhook_uri                text,
  fapi_profile               text        not null check (fapi_profile in ('1.0', '2.0')),
  -- All of it as the authorization server reads it (RFC 7591); as json, since what was signed over must keep its order.
  metadata                   json        not null,
  status                     text        not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
  suspended_by               uuid,
  suspended_reason           text,
  suspended_at               timestamptz,
  created_at                 timestamptz not null,
  updated_at                 timestamptz not null
);
create index oauth_clients_newest on oauth_clients (created_at desc, client_id);

-- What the authorization server keeps: requests, interactions, codes, tokens, grants. Found by the hash of its id, so that a stolen table
-- redeems nothing; sealed, since it says whom somebody pays. One row is consumed once, by a conditional update.
create table oauth_artifacts (
  model       text        not null,
  id_hash     text        not null,
  payload     text        not null,
  -- Of codes, tokens and the grant itself: everything of a grant is ended together.
  grant_id    text,
  -- Of browser sessions: found by a second id.
  uid_hash    text,
  -- Of grants: the session by whose end they end.
  session_id  uuid        references sessions on delete cascade,
  consumed_at timestamptz,
  expires_at  timestamptz,
  primary key (model, id_hash)
);
create index oauth_artifacts_of_grant on oauth_artifacts (grant_id) where grant_id is not null;
create unique index oauth_artifacts_uid on oauth_artifacts (uid_hash) where uid_hash is not null;
create index oauth_artifacts_ending on oauth_artifacts (expires_at) where expires_at is not null;
create index oauth_artifacts_of_session on oauth_artifacts (session_id) where session_id is not null;

-- Ids that count once (client assertions, DPoP proofs, whatever the edge must see only once): a row that does not go in was there before.
create table oauth_spent (
  namespace  text        not null,
  jti_hash   text        not null,
  expires_at timestamptz not null,
  primary key (namespace, jti_hash)
);
create index oauth_spent_ending on oauth_spent (expires_at);

grant select, insert, update, delete on oauth_clients, oauth_artifacts, oauth_spent to {app};
grant select on oauth_clients to {reader};
