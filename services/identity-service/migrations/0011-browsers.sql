-- Whose a browser's session at the authorization server is: it ends with the sessions of its user.
alter table oauth_artifacts add column user_id uuid;
create index oauth_artifacts_of_user on oauth_artifacts (user_id) where user_id is not null;
