-- What a third party's session is for (the documents' USER_SESSIONS); sealed like the consent's own, which outlives the session.
alter table sessions add column consent_details_encrypted text;

-- What customers allowed third parties. A consent has a session, by whose end every verifier learns of its own; the session is deleted some
-- time after its end, the consent stays as the record of what was shown and allowed.
create table consents (
  consent_id          uuid        primary key,
  session_id          uuid        not null constraint consents_session unique,
  user_id             uuid        not null references users,
  client_id           text        not null,
  -- As the customer was shown them: a third party that takes another name later was allowed nothing under it.
  client_name         text        not null,
  client_registration text,
  -- The origin that the third party knows as the issuer of its tokens: what is told to it later speaks in the same name.
  issuer              text        not null,
  -- Of the authorization server's grant, whose codes and tokens die with the consent.
  grant_id            text        constraint consents_grant unique,
  scopes              text[]      not null,
  -- authorization_details (RFC 9396) with the accounts that were chosen: whom somebody pays is nobody else's business.
  details_encrypted   text        not null,
  is_payment          boolean     not null,
  status              text        not null check (status in ('AUTHORISED', 'ACTIVE', 'USED', 'REVOKED', 'EXPIRED')),
  created_at          timestamptz not null,
  expires_at          timestamptz not null,
  last_used_at        timestamptz,
  ended_at            timestamptz,
  ended_by            text        check (ended_by in ('CUSTOMER', 'BANK', 'THIRD_PARTY', 'POLICY')),
  ended_reason        text,
  constraint consents_end_told check ((status in ('USED', 'REVOKED', 'EXPIRED')) = (ended_at is not null))
);
create index consents_of_user on consents (user_id, consent_id desc);
create index consents_of_client on consents (client_id) where status in ('AUTHORISED', 'ACTIVE');
create index consents_ending on consents (expires_at) where status in ('AUTHORISED', 'ACTIVE');

grant select, insert, update on consents to {app};
grant select on consents to {reader};
