-- How often telephones were asked about sign-ins from devices that nobody knows: whoever has a password must not ask until somebody presses yes.
alter table mails drop constraint mails_lane_check;
alter table mails add constraint mails_lane_check check (lane in ('VERIFY', 'RESET', 'NOTICE', 'SMS', 'EMAIL', 'PUSH'));
