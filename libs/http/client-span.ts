import { isRecording, noteOnSpan } from '#libs/telemetry/spans.ts'

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
