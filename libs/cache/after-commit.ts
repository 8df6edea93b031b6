import type { Database, Tx } from '#libs/sql/database.ts'
import type { Cache } from './cache.ts'

/** What a transaction wants of the cache once it is committed. */
interface Wanted {
  nudged: Set<string>
  dropped: string[]
}

const wanted = new WeakMap<object, Wanted>()

/** Has `channel` nudged once the transaction is committed; never, if it is rolled back. Whoever listens polls as well. */
export function tellAfterCommit(tx: object, channel: string): void {
  wantedOf(tx).nudged.add(channel)
}

/** Has values forgotten once the transaction is committed; never, if it is rolled back. */
export function dropAfterCommit(tx: object, keys: readonly string[]): void {
  if (keys.length > 0) wantedOf(tx).dropped.push(...keys)
}

function wantedOf(tx: object): Wanted {
  const known = wanted.get(tx) ?? { nudged: new Set(), dropped: [] }
  wanted.set(tx, known)
  return known
}

/** A database whose commits do to the cache what their transactions wanted. */
export function telling(database: Database, cache: Pick<Cache, 'publish' | 'drop'>): Database {
  return {
    ...database,
    transact: async (work) => {
      let last: Tx | undefined
      const result = await database.transact((tx) => {
        last = tx
        return work(tx)
      })
      const { nudged = [], dropped = [] } = wanted.get(last ?? {}) ?? {}
      for (const channel of nudged) cache.publish(channel, '')
      if (dropped.length > 0) void cache.drop(dropped)
      return result
    },
  }
}
