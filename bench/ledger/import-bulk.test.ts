import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { postInBulk } from '#contracts/api/ledger-transactions.ts'
import type { Executor } from '#libs/http/executor.ts'
import { registerRoute } from '#libs/http/routes.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { openLedgerTest, transactions } from '#services/ledger-service/testing/ledger-test.ts'
import { openImport } from './import/days.ts'

const SIZE = { seed: 'test', rows: 3_000, days: 3, accounts: 60, callers: 3, bulk_rows: 400 }

/** The ledger with a listener of its own for bulks, and an import into it, under way. */
async function openSmallImport(t: TestContext) {
  const ledger = await openLedgerTest(t)
  const log = createLog({ service: 'test', level: 'fatal' })
  const server = createHttpServer({ log, bodyLimitBytes: 65_536, constraints: {} })
  const callers = { callerOf: async () => transactions, confirm: async () => {} }
  registerRoute(server, '/api/v1', postInBulk.path, ledger.runtime.executorOf(postInBulk) as Executor, callers)
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as { port: number }
  const bearer = () => ({ authorization: 'Bearer nobody' })
  const { runtime } = ledger
  const days = await openImport({ runtime, port, bearer, print: (line) => t.diagnostic(line) }, SIZE)
  const close = async () => {
    await days.close()
    await server.close()
  }
  return { ledger, days, close }
}

describe('days of rows imported in bulk', () => {
  test('every row has its verdict, the trial balance is zero at the close of each day, and nothing is booked twice', async (t) => {
    const { ledger, days, close } = await openSmallImport(t)
    try {
      await days.bring()
      const { done, note } = await days.importDays()
      assert.equal(done, SIZE.rows)
      assert.match(note ?? '', /^2920 booked, 80 refused,/)
      await days.check()
      await ledger.assertBooksAddUp()
    } finally {
      await close()
    }
  })

  test('one minor unit that no row moved is noticed at the close of the day', async (t) => {
    const { ledger, days, close } = await openSmallImport(t)
    try {
      await days.bring()
      await ledger.post({ from: 'CASH', to: 'FEE_INCOME', cents: 1n })
      await assert.rejects(days.importDays(), /CASH/)
    } finally {
      await close()
    }
  })
})
