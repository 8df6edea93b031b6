-- Functions may be called by anybody unless told otherwise, and each call of this one locks the state: only the service gives positions.
revoke all on function sequence_outbox(int) from public;
grant execute on function sequence_outbox(int) to {app};
