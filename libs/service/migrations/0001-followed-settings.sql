-- What a service remembers of settings that staff change elsewhere while the bank runs; a key
-- without a row, or with version 0, has its default.
create table followed_settings (
  setting_key text primary key,
  value       text not null,
  -- The higher one stands, however late an older answer arrives.
  version     int  not null
);

grant select, insert, update on followed_settings to {app};
grant select on followed_settings to {reader};
