import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyInstance } from 'fastify'

/** Milliseconds that whoever asked will still wait, counted from when the request was sent: a duration, so that no clocks are compared. */
export const DEADLINE_HEADER = 'x-request-deadline'
/** Beyond this nobody waits; it bounds what a header may claim. */
const LONGEST_MS = 120_000

const running = new AsyncLocalStorage<number | undefined>()

/** Runs `work` for somebody who waits for `ms` from now at most; a deadline that is already running and ends earlier stays. */
export function withDeadline<Result>(ms: number, work: () => Result): Result {
  return running.run(Math.min(performance.now() + ms, running.getStore() ?? Number.POSITIVE_INFINITY), work)
}

/** Runs `work` for itself: what many wait for, or what goes on after the answer, ends with nobody's patience. */
export function withoutDeadline<Result>(work: () => Result): Result {
  return running.getStore() === undefined ? work() : running.run(undefined, work)
}

/** How long the running act is still waited for, 0 when nobody does any more; Infinity when nobody said. */
export function remainingMs(): number {
  const until = running.getStore()
  return until === undefined ? Number.POSITIVE_INFINITY : Math.max(0, until - performance.now())
}

/** The deadline that a request came with, in milliseconds; undefined without one that can be read. */
export function deadlineIn(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{1,9}$/.test(header)) return undefined
  return Math.min(Number(header), LONGEST_MS)
}

/** Lets every request that says how long it is waited for be worked on with that deadline. For listeners that only our own processes reach. */
export function followDeadlines(server: FastifyInstance): void {
  // After the body: what reads it goes on in another context than what came before.
  server.addHook('preValidation', (request, _reply, done) => {
    const ms = deadlineIn(request.headers[DEADLINE_HEADER])
    if (ms === undefined) done()
    else withDeadline(ms, done)
  })
}
