import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { currentTrace, parseTraceparent } from './context.ts'
import { maskText, maskValue } from './masking.ts'

/** A pino logger whose lines are masked and carry the trace; `log.info({ transfer_id }, 'transfer completed')`. */
export type Log = Logger

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export type LogOptions = {
  readonly service: string
  readonly level: LogLevel
  /** Where lines go; standard output unless told. */
  readonly destination?: DestinationStream
}

/**
 * A logger of one JSON object a line: `time` (ISO 8601), `level` by name, `service`, `correlation_id` and `trace_id` of
 * the running trace, the fields, `msg`. Secrets and personal data are masked in fields, bindings, errors and messages.
 */
export function createLog({ service, level, destination }: LogOptions): Log {
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: traceFields,
    formatters: {
      level: (label) => ({ level: label }),
      log: maskedFields,
    },
    serializers: {
      // The masking above has made errors plain already; pino's own serializer would make them over again.
      err: (error: unknown) => error,
      msg: (message: unknown) => (typeof message === 'string' ? maskText(message) : maskValue(message)),
    },
    hooks: {
      // Objects that a placeholder of the message would print are masked before they become text.
      logMethod(args, method) {
        const [first, ...rest] = args
        method.apply(this, [first, ...rest.map(maskValue)] as typeof args)
      },
    },
  }
  const log = destination ? pino(options, destination) : pino(options)
  // The bindings of a child become text at once and never pass the formatter above. Children inherit these methods.
  const { child, setBindings } = log
  log.child = function maskedChild(this: Log, bindings, more) {
    return child.call(this, maskedFields(bindings), more)
  } as Log['child']
  log.setBindings = function maskedBindings(this: Log, bindings) {
    setBindings.call(this, maskedFields(bindings))
  }
  return log
}

function maskedFields(fields: object): Record<string, unknown> {
  const masked = maskValue(fields)
  return typeof masked === 'object' ? (masked as Record<string, unknown>) : { fields: masked }
}

function traceFields(): { correlation_id?: string; trace_id?: string } {
  const trace = currentTrace()
  if (!trace) return {}
  const parsed = parseTraceparent(trace.traceparent)
  return { correlation_id: trace.correlation_id, ...(parsed ? { trace_id: parsed.trace_id } : {}) }
}
