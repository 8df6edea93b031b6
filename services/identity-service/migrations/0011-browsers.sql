-- Whose a browser's session at the authorization server is, by the hash of the user's id: it ends with the sessions of its user.
alter table oauth_artifacts add column user_hash text;
create index oauth_artifacts_of_user on oauth_artifacts (user_hash) where user_hash is not null;
