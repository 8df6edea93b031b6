/**
 * Whether the spans of a trace are recorded; asked once where a trace begins or comes in from outside. `parent` says
 * whether the trace is sampled so far, and is undefined for one that begins here.
 */
export type Sampler = (trace_id: string, parent: boolean | undefined) => boolean

/** The samplers of OpenTelemetry's `OTEL_TRACES_SAMPLER` that need nobody else's answer. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

export type SamplerName = (typeof SAMPLERS)[number]

/** The sampler of that name; `ratio` is the share of traces, 0 to 1, and counts for the two of that name. RangeError beyond. */
export function samplerOf(name: SamplerName, ratio = 1): Sampler {
  if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`${ratio} is no share of the traces`)
  const root = rootSampler(name, ratio)
  if (!name.startsWith('parentbased_')) return (trace_id) => root(trace_id)
  return (trace_id, parent) => parent ?? root(trace_id)
}

function rootSampler(name: SamplerName, ratio: number): (trace_id: string) => boolean {
  if (name.endsWith('always_on')) return () => true
  if (name.endsWith('always_off')) return () => false
  // All processes must decide alike, so it is the id that decides: its last 7 bytes are random by W3C Trace Context level 2 §3.2.2.3.
  const bound = ratio * 2 ** 52
  return (trace_id) => Number.parseInt(trace_id.slice(-13), 16) < bound
}
