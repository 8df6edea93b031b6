import type postgres from 'postgres'

type Sql = postgres.Sql<{ bigint: bigint }>
type Tx = postgres.TransactionSql<{ bigint: bigint }>

/** How many connections of a pool have closed so far: a transaction that sees the number change may have lost its own. */
export interface ClosedConnections {
  count: number
}

/** The part of a postgres.js query that sends it, once somebody awaits it. Fragments inside other queries never get there. */
interface Sendable {
  handler(query: Sendable): unknown
  reject(error: Error): void
}

/** Calls `then` at once, or after it is known whether the transaction's own connection was the one that closed. */
type WhenKnown = (then: (alive: boolean) => void) => void

/**
 * `begin` of postgres.js, made safe for a connection that dies under it. There, a transaction goes on issuing statements on the dead
 * connection: by then its socket is null (the process crashes) or connected anew (the statement commits by itself, outside any
 * transaction). Here, after the connection closed, no statement of the transaction is sent, and its end is not reported, because
 * postgres.js would answer that with a `rollback` on that connection; the caller has got its error already.
 */
export function beginGuarded<T>(
  sql: Sql,
  closed: ClosedConnections | undefined,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (closed === undefined) throw new Error('the pool was not opened by openPool')
  const before = closed.count
  let lost = false
  // When it was ours, `begun` is rejected within this turn of the event loop; when it was another's, nothing has happened.
  const whenKnown: WhenKnown = (then) => {
    if (closed.count === before) then(true)
    else setImmediate(() => then(!lost))
  }
  const begun = sql.begin((tx) => guardedScope(tx as Tx, whenKnown, work)) as Promise<T>
  begun.catch(() => {
    lost = true
  })
  return begun
}

/** Runs `work` with a guarded `tx`; never settles when the connection is gone. */
function guardedScope<T>(tx: Tx, whenKnown: WhenKnown, work: (tx: Tx) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    work(guarded(tx, whenKnown)).then(
      (value) => whenKnown((alive) => alive && resolve(value)),
      (error: unknown) => whenKnown((alive) => alive && reject(error)),
    )
  })
}

function guarded(tx: Tx, whenKnown: WhenKnown): Tx {
  const watched = <Made>(made: Made): Made => {
    const query = made as unknown as Sendable
    if (typeof query?.handler !== 'function') return made
    const send = query.handler
    query.handler = (sent) => whenKnown((alive) => (alive ? send(sent) : sent.reject(gone())))
    return made
  }
  return new Proxy(tx, {
    apply: (target, self, args) => watched(Reflect.apply(target as never, self, args)),
    get: (target, name, receiver) => {
      if (name === 'unsafe') return (...args: unknown[]) => watched(Reflect.apply(target.unsafe as never, target, args))
      if (name === 'savepoint')
        return (work: (inner: Tx) => Promise<unknown>) =>
          target.savepoint((inner) => guardedScope(inner as Tx, whenKnown, work))
      return Reflect.get(target, name, receiver)
    },
  })
}

function gone(): Error {
  return Object.assign(new Error('the connection of this transaction is gone'), { code: 'CONNECTION_CLOSED' })
}
