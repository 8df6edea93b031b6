import type { FastifyRequest } from 'fastify'
import { currentTrace } from '#libs/telemetry/context.ts'
import { inSpan, isRecording, noteOnSpan } from '#libs/telemetry/spans.ts'
import { requestTrace } from './request-trace.ts'

/** Forwards a request as `service` in a span of the kind `client`, which the headers then name as where it comes from. */
export function inForwarding<T>(
  service: string,
  request: FastifyRequest,
  headers: Headers,
  work: () => Promise<T>,
): Promise<T> {
  const { operation } = request.routeOptions.config
  if (!isRecording() || operation === undefined) return work()
  const { method, id, path, service: peer } = operation
  const attributes = {
    'http.request.method': method,
    'url.template': path,
    'bankflow.operation': id,
    'bankflow.peer': peer,
  }
  return inSpan(`${method} ${path}`, { service, kind: 'client', attributes, parent: requestTrace(request) }, () => {
    headers.set('traceparent', (currentTrace() ?? requestTrace(request)).traceparent)
    return work()
  })
}

/** Tells the span of a call, where one is recorded, which process answered and how. */
export function noteAnswer(base: string, answer: Response): Response {
  if (isRecording()) {
    const { status } = answer
    const failure = status >= 400 ? String(status) : undefined
    noteOnSpan({ ...addressOf(base), 'http.response.status_code': status, 'error.type': failure })
  }
  return answer
}

function addressOf(base: string): { 'server.address'?: string; 'server.port'?: number } {
  const url = URL.parse(base)
  if (url === null) return {}
  return {
    'server.address': url.hostname,
    'server.port': Number(url.port === '' ? DEFAULT_PORTS[url.protocol] : url.port),
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }
