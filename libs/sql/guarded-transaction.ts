import type { Sql, Tx } from './database.ts'

/** How many connections of a pool have closed so far: a transaction that sees the number change may be one of theirs. */
export interface ClosedConnections {
  count: number
}

interface Lost {
  now: boolean
}

/** The part of a postgres.js query that puts it to work, once somebody awaits it. Fragments inside other queries never get there. */
interface Started {
  handler(query: Started): unknown
  reject(error: Error): void
}

/**
 * `begin` of postgres.js, made safe for a connection that dies under it. There, a transaction goes on issuing statements on the dead
 * connection: by then its socket is null (the process crashes) or it was connected anew (the statement commits by itself, outside any
 * transaction). Here, after the connection closed, no statement of the transaction is sent, and its end is not reported, because
 * postgres.js would answer it with a `rollback` on that connection: the caller has got its error already.
 */
export function beginGuarded<T>(
  sql: Sql,
  closed: ClosedConnections | undefined,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (closed === undefined) throw new Error('the pool was not opened by openPool')
  const lost: Lost = { now: false }
  const before = closed.count
  // Another connection of the pool may be the one that closed. Whether it was ours shows within a turn of the event loop.
  const settled = async (): Promise<boolean> => {
    if (closed.count !== before) await new Promise((resolve) => setImmediate(resolve))
    return !lost.now
  }
  const begun = sql.begin((tx) => guardedScope(tx as Tx, settled, work)) as Promise<T>
  begun.catch(() => {
    lost.now = true
  })
  return begun
}

/** Runs `work` with a guarded `tx`; never settles when the connection is gone. */
function guardedScope<T>(tx: Tx, settled: () => Promise<boolean>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const unlessLost = async (report: () => void): Promise<void> => {
      if (await settled()) report()
    }
    work(guarded(tx, settled)).then(
      (value) => void unlessLost(() => resolve(value)),
      (error: unknown) => void unlessLost(() => reject(error)),
    )
  })
}

function guarded(tx: Tx, settled: () => Promise<boolean>): Tx {
  const watch = <Made>(made: Made): Made => {
    const query = made as unknown as Started
    if (typeof query.handler !== 'function') return made
    const send = query.handler
    query.handler = (started) => {
      void settled().then((alive) => {
        if (alive) send(started)
        else started.reject(Object.assign(new Error('the connection is gone'), { code: 'CONNECTION_CLOSED' }))
      })
    }
    return made
  }
  return new Proxy(tx, {
    apply: (target, self, args) => watch(Reflect.apply(target as never, self, args)),
    get: (target, name, receiver) => {
      if (name === 'unsafe') return (...args: unknown[]) => watch(Reflect.apply(target.unsafe as never, target, args))
      if (name === 'savepoint') {
        return (work: (inner: Tx) => Promise<unknown>) =>
          target.savepoint((inner) => guardedScope(inner as Tx, settled, work))
      }
      return Reflect.get(target, name, receiver)
    },
  })
}
