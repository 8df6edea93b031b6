import { getClosingBalances } from '#contracts/api/ledger.ts'
import { accountStatementReady } from '#contracts/events/account.ts'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { JobContext } from '#libs/service/service.ts'
import type { Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { withTrace } from '#libs/telemetry/context.ts'
import { job, type Own } from '../config.ts'
import { addDays, firstOfMonth } from '../domain/dates.ts'
import type { AccountRow, StatementRow, StatementRunRow } from '../tables.ts'

const PAGE = 300

type Holder = Pick<AccountRow, 'account_id' | 'opened_date'>

/** Makes the statements of a closed month, a page of accounts at a time; how far it is stands in the run's row, so it goes on anywhere. */
export const makeStatements = job('make-statements', {
  everyMs: 1_000,
  async run(context) {
    const runs = await context.database.app<StatementRunRow[]>`select * from statement_runs order by to_date`
    for (const run of runs) {
      const { correlation_id, traceparent } = run
      await withTrace({ correlation_id, traceparent }, () => makeAll(run, context))
    }
  },
})

async function makeAll(run: StatementRunRow, context: JobContext<Own>): Promise<void> {
  const { database } = context
  let after = run.last_account
  for (;;) {
    const page = await database.app<Holder[]>`
      select account_id, opened_date from accounts
      where status in ('ACTIVE', 'FROZEN', 'DORMANT') and opened_date <= ${run.to_date}
        and (${after}::uuid is null or account_id > ${after}::uuid)
      order by account_id limit ${PAGE}`
    const rows = page.length === 0 ? [] : await statementsOf(page, run, context)
    const last = page.at(-1)?.account_id ?? null
    await database.transact((tx) => record(tx, run, { rows, after, last, isEnd: page.length < PAGE }))
    if (page.length < PAGE) return
    after = last
  }
}

/** Opening and closing as the ledger closed the last days of both months. */
async function statementsOf(page: readonly Holder[], { to_date }: StatementRunRow, { call, clock }: JobContext<Own>) {
  const ledger_account_ids = page.map(({ account_id }) => account_id)
  const first = firstOfMonth(to_date)
  const at = async (business_date: string) => {
    const { items } = await call(getClosingBalances, { body: { business_date, ledger_account_ids } })
    return new Map(items.map((one) => [one.ledger_account_id, one]))
  }
  const [before, after] = [await at(addDays(first, -1)), await at(to_date)]
  return page.map(({ account_id, opened_date }): StatementRow => {
    const [opening, closing] = [before.get(account_id), after.get(account_id)]
    return {
      statement_id: newId(),
      account_id,
      from_date: opened_date > first ? opened_date : first,
      to_date,
      opening_balance_cents: opening?.balance_cents ?? 0n,
      closing_balance_cents: closing?.balance_cents ?? 0n,
      entry_count: (closing?.entry_count ?? 0) - (opening?.entry_count ?? 0),
      created_at: clock.bank.now(),
    }
  })
}

interface Progress {
  rows: readonly StatementRow[]
  after: string | null
  last: string | null
  isEnd: boolean
}

/** Writes a page with its events and moves the run, if nobody else has. */
async function record(tx: Tx, { to_date }: StatementRunRow, { rows, after, last, isEnd }: Progress): Promise<void> {
  const moved = isEnd
    ? await tx`delete from statement_runs where to_date = ${to_date} and last_account is not distinct from ${after}::uuid`
    : await tx`
        update statement_runs set last_account = ${last}
        where to_date = ${to_date} and last_account is not distinct from ${after}::uuid`
  if (moved.count === 0 || rows.length === 0) return
  const column = (pick: (row: StatementRow) => unknown): string => textArray(rows.map((row) => String(pick(row))))
  const added = await tx<Pick<StatementRow, 'statement_id' | 'account_id' | 'from_date'>[]>`
    insert into statements (statement_id, account_id, from_date, to_date, opening_balance_cents, closing_balance_cents, entry_count, created_at)
    select statement_id, account_id, from_date, ${to_date}, opening, closing, entries, ${rows[0]?.created_at ?? null}::timestamptz
    from unnest(${column((row) => row.statement_id)}::uuid[], ${column((row) => row.account_id)}::uuid[],
      ${column((row) => row.from_date)}::date[], ${column((row) => row.opening_balance_cents)}::int8[],
      ${column((row) => row.closing_balance_cents)}::int8[], ${column((row) => row.entry_count)}::int[])
      as made (statement_id, account_id, from_date, opening, closing, entries)
    on conflict (account_id, to_date) do nothing returning statement_id, account_id, from_date`
  const events = added.map(({ statement_id, account_id, from_date }) =>
    occurred(accountStatementReady, { account_id, statement_id, from: from_date, to: to_date }),
  )
  await publishAll(tx, events)
}
