import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { bodyOf, wireProblems } from './problem-reply.ts'

/** How often a closing server looks for connections that have become idle. */
const IDLE_LOOK_MS = 50

/** Refuses, before anything else looks at a request, what two readers of it could understand differently, and whatever comes while the server closes. */
export function refuseOddRequests(server: FastifyInstance): void {
  let isClosing = false
  server.addHook('preClose', async () => {
    isClosing = true
  })
  // Else the connection of an answer that was under way would stay open for another request, and the close would wait for it.
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) reply.header('connection', 'close')
    done(null, payload)
  })
  server.addHook('onRequest', async ({ raw }) => {
    if (isClosing) throw new Fault('the server is closing')
    // `GET http://elsewhere/path` and `OPTIONS *` (RFC 9112 §3.2) are for proxies; the router would read a path into them.
    if (raw.url?.startsWith('/') !== true)
      throw new Problem(wireProblems.MALFORMED_REQUEST, { detail: 'The target of a request must be a path' })
    const hosts = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
    if (hosts > 1 || (hosts === 0 && raw.httpVersion !== '1.0'))
      throw new Problem(wireProblems.MALFORMED_REQUEST, { detail: 'A request must have exactly one Host header' })
  })
}

/**
 * While the server closes, closes its connections as they become idle, or the close would wait for them as long as idle ones are kept: an
 * answer whose head was sent before (a file, lines) cannot say any more that its connection ends, and a body may come in after its answer.
 * As long as an answer is under way none is closed, because to Node one is over when it is written, taken or not, and it would be cut off.
 */
export function closeLateIdle(fastify: FastifyInstance): void {
  const { server } = fastify
  let under_way = 0
  server.on('request', (_request, answer) => {
    under_way += 1
    answer.once('close', () => {
      under_way -= 1
    })
  })
  const closeIdle = server.closeIdleConnections.bind(server)
  // Node's own close calls it too.
  server.closeIdleConnections = () => {
    if (under_way === 0) closeIdle()
  }
  fastify.addHook('preClose', async () => {
    if (!server.listening) return
    const timer = setInterval(server.closeIdleConnections, IDLE_LOOK_MS)
    server.once('close', () => clearInterval(timer))
  })
}

const BY_CODE: Readonly<Record<string, keyof typeof wireProblems>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
}

/** Answers what never became a request (headers that cannot be read, are too long or too late) as a problem, and closes the connection. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const kind = wireProblems[BY_CODE[error.code ?? ''] ?? 'MALFORMED_REQUEST']
  const correlation_id = newId()
  const body = encode(bodyOf(new Problem(kind), { instance: '', correlation_id, money: false }))
  const head = [
    `HTTP/1.1 ${kind.status} ${STATUS_CODES[kind.status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-correlation-id: ${correlation_id}`,
    'connection: close',
  ].join('\r\n')
  // Ended, not destroyed at once: a reset could overtake the answer. Who then does not close is cut off.
  socket.end(`${head}\r\n\r\n${body}`)
  socket.destroySoon()
}
