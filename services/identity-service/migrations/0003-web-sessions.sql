-- Mail is kept by notification-service now.
drop table mailbox;

-- Sign-ins of browsers. The session behind is an ordinary one, which says how long it lives; the cookie is found by its keyed hash.
create table web_sessions (
  cookie_hash text        primary key,
  session_id  uuid        not null constraint web_sessions_session unique references sessions on delete cascade,
  created_at  timestamptz not null
);

grant select, insert on web_sessions to {app};
grant select (session_id, created_at) on web_sessions to {reader};
