import type { Caller, Trace } from '#libs/contract/client.ts'
import type { Birth } from './domain/beginnings.ts'

/** Who begins a transaction and in which act; a third party's client and the device stay with it for the fraud check. */
export function birthOf(act: { id: string; caller: Caller; trace: Trace; at: Date }): Birth {
  const { caller, trace } = act
  return {
    transaction_id: act.id,
    initiated_by: caller.sub ?? caller.service ?? 'anonymous',
    session_id: caller.session_id,
    client_id: caller.client_id,
    device_id: caller.device_id,
    auth_method: caller.amr.length === 0 ? null : caller.amr.join('+'),
    correlation_id: trace.correlation_id,
    traceparent: trace.traceparent,
    created_at: act.at,
  }
}
