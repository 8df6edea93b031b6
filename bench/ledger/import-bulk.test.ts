import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { postInBulk } from '#contracts/api/ledger-transactions.ts'
import type { Executor, LineExecutor } from '#libs/http/executor.ts'
import { registerRoute } from '#libs/http/routes.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { openLedgerTest, transactions } from '#services/ledger-service/testing/ledger-test.ts'
import { listening } from '../fresh-server.ts'
import { openImport } from './import/days.ts'

const SIZE = { seed: 'test', rows: 3_000, days: 3, accounts: 60, callers: 3, bulk_rows: 400 }

/** Answers lines as `executor` does, but one call fails after everything was decided, when half of its answers are written. */
function failingOnce(executor: Executor): Executor {
  let hasFailed = false
  const lines = executor.lines as LineExecutor
  const answer: LineExecutor['answer'] = async (request, slices, write) => {
    const items: unknown[] = []
    await lines.answer(request, slices, async (some) => void items.push(...some))
    if (hasFailed) return write(items)
    hasFailed = true
    await write(items.slice(0, items.length / 2))
    throw new Error('the answers are lost')
  }
  return { ...executor, lines: { ...lines, answer } }
}

/** The ledger with a listener of its own for bulks, and an import into it, under way. */
async function openSmallImport(t: TestContext, as = (executor: Executor): Executor => executor) {
  const ledger = await openLedgerTest(t)
  const log = createLog({ service: 'test', level: 'fatal' })
  const server = createHttpServer({ log, bodyLimitBytes: 65_536, constraints: {} })
  const callers = { callerOf: async () => transactions, confirm: async () => {} }
  registerRoute(server, '/api/v1', postInBulk.path, as(ledger.runtime.executorOf(postInBulk) as Executor), callers)
  const begun = new AsyncDisposableStack()
  const port = await listening(server, begun)
  const bearer = () => ({ authorization: 'Bearer nobody' })
  const { runtime } = ledger
  const days = await openImport({ runtime, port, bearer, print: (line) => t.diagnostic(line) }, SIZE)
  const close = async () => {
    await days.close()
    await begun.disposeAsync()
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

  test('rows that a call left unanswered when it failed are sent again, and none is booked twice', async (t) => {
    const { ledger, days, close } = await openSmallImport(t, failingOnce)
    try {
      const { done } = await days.bring()
      assert.ok(done > 0)
      await ledger.assertBooksAddUp()
      await days.importDays()
      await days.check()
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
