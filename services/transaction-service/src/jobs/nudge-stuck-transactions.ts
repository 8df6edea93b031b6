import { parkedKeys } from '#libs/outbox/parking.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import { announcementOf, keyAccount } from '../announcements.ts'
import { job } from '../config.ts'
import { type Step, step } from '../domain/states.ts'
import { lockLongUnsettled, recordLook } from '../store/unsettled.ts'
import type { TransactionRow } from '../tables.ts'

const AT_ONCE = 200

/**
 * Says again what must be done next for transactions that have stood still for `stuck_after_s`, and tells people. The ledger knows each step
 * by its key, so saying it twice does nothing twice. What waits behind a parked event is tried again with that one.
 */
export const nudgeStuckTransactions = job('nudge stuck transactions', {
  everyMs: 5_000,
  run: async ({ database, clock, own, log }) => {
    const now = clock.wall.now()
    const latest = new Date(now.getTime() - own.settings.stuck_after_s * 1_000)
    const stuck = await database.transact(async (tx) => {
      const rows = await lockLongUnsettled(tx, latest, AT_ONCE)
      const found = rows.flatMap((row) => {
        const next = row.stage_at <= latest ? nextStep(row) : null
        return next === null ? [] : [{ row, next, partitionkey: keyAccount(row) }]
      })
      const parked = await parkedKeys(tx, 'transaction-service', found)
      const free = found.filter(({ partitionkey }) => !parked.has(partitionkey))
      await publishAll(
        tx,
        free.map(({ row, next }) => announcementOf(row, next, row)),
      )
      await recordLook(
        tx,
        rows.map(({ transaction_id, stage_at }) => ({ transaction_id, look_at: stage_at > latest ? stage_at : now })),
      )
      return found.map(({ row, partitionkey }) => ({ row, is_parked: parked.has(partitionkey) }))
    })
    for (const { row, is_parked } of stuck) {
      const { transaction_id, stage, stage_at, correlation_id } = row
      log.error({ transaction_id, stage, stage_at, is_parked, correlation_id }, 'a transaction stands still')
    }
  },
})

/** The step that a transaction's next reaction follows from; null where a verdict or a person is waited for. */
function nextStep(row: TransactionRow): Step | null {
  switch (row.stage) {
    case 'INITIATED':
      return step('transaction.initiated')
    case 'PROCESSING':
      return step('transaction.processing')
    case 'RELEASING':
      return step('transaction.releasing', {}, row.failure_code)
    default:
      return null
  }
}
