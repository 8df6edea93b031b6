import * as api from '#contracts/api/transaction.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { currentTrace, newTrace } from '#libs/telemetry/context.ts'
import { resolveKnown } from '../../account-directory.ts'
import { birthOf } from '../../births.ts'
import { implement } from '../../config.ts'
import { type AccountFacts, decideAccountOfOther, refusal } from '../../domain/accounts.ts'
import { type NewTransaction, newCashMovement } from '../../domain/beginnings.ts'
import { problems } from '../../problems.ts'
import { beginTransactions } from '../../store/beginnings.ts'

/** Rows of one batch at most: reading it back counts them. */
const MAX_BATCH_ROWS = 5_000_000

type Row = InputOf<typeof api.bookBatch>['body']['rows'][number]
interface Judged {
  bookable: { row: Row; account: AccountFacts }[]
  refused: { external_reference: string; transaction_id: null; code: string; detail: string }[]
}

/** Books rows of real history: a row is booked, known already, or refused, each by itself; the same rows again book nothing. */
export const bookBatch = implement(api.bookBatch, {
  /** One question for all accounts of the rows. */
  ask: async ({ body }, { call, caller, clock }): Promise<Judged> => {
    const business_date = clock.bank.businessDate()
    const known = await resolveKnown(
      { call },
      body.rows.map((row) => row.account_id),
    )
    const judged: Judged = { bookable: [], refused: [] }
    for (const row of body.rows) {
      const { account_id, external_reference, currency, direction } = row
      const movement = { pointer: '/account_id', currency, leaves: direction === 'DEBIT' }
      const account =
        row.value_date > business_date
          ? refusal(problems.VALUE_DATE_IN_FUTURE, '/value_date')
          : decideAccountOfOther(known.byId(account_id), movement, caller)
      if (account instanceof Problem) {
        const { code, title: detail } = account.kind
        judged.refused.push({ external_reference, transaction_id: null, code, detail })
      } else judged.bookable.push({ row, account })
    }
    return judged
  },

  async run({ body: { batch_id } }, { tx, clock, caller, mintId }, { bookable, refused }) {
    const at = clock.wall.now()
    const trace = currentTrace() ?? newTrace()
    const drafts = bookable.map(({ row, account }): NewTransaction => {
      const { direction, amount_cents, currency, description, external_reference, value_date } = row
      const { account_id, branch_id } = account
      return newCashMovement(birthOf({ id: mintId(), caller, trace, at }), {
        ...{ account_id, direction, amount_cents, currency, description, external_reference, value_date, batch_id },
        branch_id,
      })
    })
    const fresh = await claimReferences(tx, drafts)
    const isFresh = drafts.map((draft) => fresh.has(draft.transaction_id))
    await countRows(tx, { batch_id, row_count: fresh.size, created_by: caller.sub ?? '', created_at: at })
    await beginTransactions(
      tx,
      drafts.filter((_, i) => isFresh[i]),
      { business_date: clock.bank.businessDate() },
      bookable.filter((_, i) => isFresh[i]).map(({ row }) => row.category),
    )
    return { batch_id, accepted: fresh.size, already_known: drafts.length - fresh.size, refused }
  },
})

/** Takes the rows' keys for ever, sorted so that two batches never wait in a circle; returns the ids whose keys were free. */
async function claimReferences(tx: Tx, drafts: readonly NewTransaction[]): Promise<Set<string>> {
  const keys = drafts.map((draft) => ({
    account_id: draft.source_account_id ?? draft.destination_account_id ?? '',
    external_reference: draft.external_reference ?? '',
    transaction_id: draft.transaction_id,
  }))
  const sorted = keys.sort((a, b) =>
    a.account_id === b.account_id
      ? Number(a.external_reference > b.external_reference) - Number(a.external_reference < b.external_reference)
      : Number(a.account_id > b.account_id) - Number(a.account_id < b.account_id),
  )
  const rows = await tx<{ transaction_id: string }[]>`
    insert into imported_references (account_id, external_reference, transaction_id)
    select account_id, external_reference, transaction_id
    from unnest(${sorted.map((key) => key.account_id)}::uuid[], ${sorted.map((key) => key.external_reference)}::text[],
      ${sorted.map((key) => key.transaction_id)}::uuid[]) as key (account_id, external_reference, transaction_id)
    on conflict do nothing
    returning transaction_id`
  return new Set(rows.map((row) => row.transaction_id))
}

async function countRows(
  tx: Tx,
  batch: { batch_id: string; row_count: number; created_by: string; created_at: Date },
): Promise<void> {
  const [counted] = await tx<{ row_count: number }[]>`
    insert into batches (batch_id, row_count, created_by, created_at)
    values (${batch.batch_id}, ${batch.row_count}, ${batch.created_by}, ${batch.created_at})
    on conflict (batch_id) do update set row_count = batches.row_count + excluded.row_count
    returning row_count`
  if ((counted?.row_count ?? 0) > MAX_BATCH_ROWS) throw new Problem(problems.BATCH_TOO_LARGE)
}
