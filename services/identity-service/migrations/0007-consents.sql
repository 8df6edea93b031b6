-- What a third party's session is for (the documents' USER_SESSIONS); sealed like the consent's own, which outlives the session.
alter table sessions add column consent_details_encrypted text;

-- What customers allowed third parties. The authorization server's grant has the consent's id. A consent has a session, by whose end every verifier learns of its own; the session is deleted some
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

-- How far somebody has come on the bank's own pages, for each interaction of the authorization server.
create table page_visits (
  uid_hash          text        primary key,
  -- The browser that began it, by the keyed hash of its cookie: an address that is passed on opens nothing elsewhere.
  browser_hash      text        not null,
  challenge_id      uuid,
  -- How the challenge's factor was asked for (where a code went, what a passkey signs), sealed.
  offer_encrypted   text,
  -- What is about to be allowed, with the accounts that were chosen, sealed; the challenge is bound to its digest.
  chosen_encrypted  text,
  expires_at        timestamptz not null
);
create index page_visits_age on page_visits (expires_at);

grant select, insert, update, delete on page_visits to {app};
grant select on page_visits to {reader};
grant select, insert, update on consents to {app};
grant select on consents to {reader};
