import type { FastifyRequest } from 'fastify'
import type { Trace } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { enteredTraceparent, newTrace } from '#libs/telemetry/context.ts'

const traces = new WeakMap<object, Trace>()
// A UUID, or a short word; not one with a run of digits that may be somebody's card or account, since it stands in logs and events.
const CORRELATION = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?!.*\d{9})[A-Za-z0-9._:-]{8,64})$/

/** The trace of a request: the caller's correlation id where it is harmless text, and its W3C trace context, else new ones. */
export function requestTrace(request: FastifyRequest): Trace {
  const known = traces.get(request.raw)
  if (known !== undefined) return known
  const correlation = String(request.headers['x-correlation-id'] ?? '')
  const correlation_id = CORRELATION.test(correlation) ? correlation : newId()
  const parent = request.headers.traceparent
  const traceparent = typeof parent === 'string' ? enteredTraceparent(parent) : newTrace(correlation_id).traceparent
  const trace = { correlation_id, traceparent }
  traces.set(request.raw, trace)
  return trace
}
