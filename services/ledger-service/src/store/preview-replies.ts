import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import {
  type Applied,
  apply,
  type BookingTime,
  type IncreaseHoldCommand,
  type Posting,
  type ReleaseHoldCommand,
} from '../domain/core.ts'
import { problems } from '../problems.ts'
import type { AccountBalance, HoldRow } from '../tables.ts'
import { roomOf } from './accounts.ts'
import { holdReply } from './holds.ts'
import { booksSeen } from './preview-books.ts'
import { shownProblem } from './shown-problem.ts'

/** What booking one transaction would come to, as contracts answer it. */
export function transactionPreview({ outcomes: [outcome], accounts }: Applied) {
  if (outcome?.kind !== 'booked') return { ...verdictOf(outcome), entries: [], accounts: [] }
  return {
    ...verdictOf(outcome),
    entries: outcome.entries.map(({ ledger_account_id, side, signed_cents, balance_cents }, i) => {
      const { currency } = outcome.postings[i >> 1] as Posting
      return { ledger_account_id, side, signed_cents, balance_cents, currency }
    }),
    accounts: [...accounts.values()].map((account) => ({
      ledger_account_id: account.ledger_account_id,
      currency: account.currency,
      ...balanceOf(account),
    })),
  }
}

/** What a new hold on an account would come to, as contracts answer it. */
export function holdPreview({ outcomes: [outcome], accounts }: Applied, before: AccountBalance) {
  return { ...verdictOf(outcome), ...balanceOf(accounts.get(before.ledger_account_id) ?? before) }
}

/** What a command to a hold that stands would come to, of what is read without a lock; HOLD_NOT_FOUND. */
export async function changePreview(
  sql: Queryable,
  command: IncreaseHoldCommand | ReleaseHoldCommand,
  time: BookingTime,
) {
  const { hold_id } = command
  const books = await booksSeen(sql, { account_ids: [], hold_ids: [hold_id], named: [] })
  const hold = books.holds.get(hold_id)
  if (hold === undefined) throw new Problem(problems.HOLD_NOT_FOUND)
  const decided = apply(books, [command], time)
  const account = books.accounts.get(hold.ledger_account_id) as AccountBalance
  const after: HoldRow = decided.holds.get(hold_id) ?? hold
  return { ...holdPreview(decided, account), hold: holdReply(after) }
}

function verdictOf(outcome: Applied['outcomes'][number] | undefined) {
  return {
    is_accepted: outcome !== undefined && outcome.kind !== 'refused',
    problem: outcome?.kind === 'refused' ? shownProblem(outcome.problem) : null,
  }
}

function balanceOf(account: AccountBalance) {
  return {
    ledger_balance_cents: account.ledger_balance_cents,
    held_cents: account.held_cents,
    available_balance_cents: roomOf(account),
  }
}
