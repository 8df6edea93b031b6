import type { Database, Tx } from '#libs/sql/database.ts'
import type { Cache } from './cache.ts'

const told = new WeakMap<object, Set<string>>()

/** Has `channel` nudged once the transaction is committed; never, if it is rolled back. Whoever listens polls as well. */
export function tellAfterCommit(tx: object, channel: string): void {
  const channels = told.get(tx) ?? new Set()
  told.set(tx, channels.add(channel))
}

/** A database whose commits say what their transactions wanted to have said. */
export function telling(database: Database, cache: Pick<Cache, 'publish'>): Database {
  return {
    ...database,
    transact: async (work) => {
      let last: Tx | undefined
      const result = await database.transact((tx) => {
        last = tx
        return work(tx)
      })
      for (const channel of told.get(last ?? {}) ?? []) cache.publish(channel, '')
      return result
    },
  }
}
