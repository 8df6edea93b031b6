-- Until when the device of a session is new (for one without a device: the session itself): what is paid from it is confirmed meanwhile. Sessions
-- that are there already are of devices that are not new.
alter table sessions add column cooling_off_until timestamptz;
