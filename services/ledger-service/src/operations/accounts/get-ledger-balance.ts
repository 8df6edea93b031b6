import { getLedgerBalance as contract } from '#contracts/api/ledger-reports.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementReadMany } from '../../config.ts'
import { END_OF_TIME } from '../../domain/reports.ts'
import { problems } from '../../problems.ts'
import { findAccounts, roomOf } from '../../store/accounts.ts'
import { accountBalanceAsOf } from '../../store/reports/account-as-of.ts'
import { accountCut } from '../../store/reports/cuts.ts'
import type { LedgerAccountRow } from '../../tables.ts'

type Query = InputOf<typeof contract>['query']
type Reply = ReplyOf<typeof contract>

/** Balances as committed now are answered together; one of the past is worked out by itself, and none of now waits for it. */
export const getLedgerBalance = implementReadMany(contract, {
  isGathered: ({ query }) => isOfNow(query),

  async readMany(inputs, { sql }) {
    const accounts = await findAccounts(
      sql,
      inputs.map(({ params }) => params.ledger_account_id),
    )
    return Promise.all(
      inputs.map(async ({ params, query }) => {
        const account = accounts.get(params.ledger_account_id)
        if (account === undefined) return { problem: new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND) }
        try {
          return { reply: await balanceOf(sql, account, query) }
        } catch (error) {
          if (error instanceof Problem) return { problem: error }
          throw error
        }
      }),
    )
  },
})

function isOfNow({ as_of, known_at }: Query): boolean {
  return as_of === undefined && known_at === undefined
}

async function balanceOf(sql: Queryable, account: LedgerAccountRow, query: Query): Promise<Reply> {
  const { ledger_account_id, currency } = account
  const { as_of, known_at } = query
  const about = { ledger_account_id, currency, as_of: as_of ?? null }
  if (isOfNow(query)) {
    return {
      ...about,
      ledger_balance_cents: account.ledger_balance_cents,
      available_balance_cents: roomOf(account),
      pending_cents: account.held_cents,
      last_sequence: account.entry_count,
      known_at: null,
      seal_no: null,
    }
  }
  const cut = await accountCut(sql, account, known_at)
  return {
    ...about,
    ledger_balance_cents: await accountBalanceAsOf(sql, cut, as_of ?? END_OF_TIME),
    available_balance_cents: null,
    pending_cents: null,
    last_sequence: cut.sequence,
    known_at: cut.known?.known_at ?? null,
    seal_no: cut.known?.seal_no ?? null,
  }
}
