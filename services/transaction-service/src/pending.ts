import type { Cache } from '#libs/cache/cache.ts'
import type { Id } from '#libs/ids/ids.ts'

/** That somebody waits for the end of a transaction: `txn:pending:{transaction_id}`, gone when it has come. */
export interface PendingFlags {
  /** Raises the flag for as long as somebody waits; answers what tells whether it still stands, where processes share flags. */
  awaitEnd(transaction_id: Id, wait_ms: number): Promise<(() => Promise<boolean>) | undefined>
}

/** The name of a transaction's flag. */
export function pendingKey(transaction_id: Id): string {
  return `txn:pending:${transaction_id}`
}

/**
 * Flags in the bank's cache. Whichever process ends the transaction lowers its flag after the commit, so that who waits in another asks the
 * flag instead of the database. A flag that is lost, or that nobody could raise, only means to look.
 */
export function pendingFlags(cache: Cache): PendingFlags {
  const isAlone = cache.figures().kind === 'local'
  return {
    awaitEnd: async (transaction_id, wait_ms) => {
      if (isAlone) return undefined
      const key = pendingKey(transaction_id)
      await cache.set(key, '1', Math.max(1, Math.ceil(wait_ms)))
      return async () => (await cache.get(key)) !== null
    },
  }
}
