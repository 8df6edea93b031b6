import { encode } from '#libs/json/json.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import { invariant } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { announcementOf } from '../announcements.ts'
import { firstSteps, type NewTransaction } from '../domain/beginnings.ts'
import type { Step } from '../domain/states.ts'
import type { TransactionRow } from '../tables.ts'
import { searchRowsOf } from './search-rows.ts'
import { streamOf } from './stream.ts'

interface Beginning {
  row: NewTransaction
  steps: readonly Step[]
}

/**
 * Writes new transactions with the beginning of their streams in one statement and publishes it, each in its own act's trace; answers the
 * rows with their references, in order. The year of a reference is that of the business date. `categories` are what imported rows said of themselves.
 */
export async function beginTransactions(
  tx: Tx,
  drafts: readonly NewTransaction[],
  { business_date }: { business_date: string },
  categories: readonly (string | undefined)[] = [],
): Promise<TransactionRow[]> {
  if (drafts.length === 0) return []
  const begun = drafts.map((draft, i): Beginning => {
    const steps = firstSteps(draft, categories[i])
    return { row: { ...draft, event_count: steps.length }, steps }
  })
  const year = business_date.slice(0, 4)
  const references = new Map(
    (await insertBegun(tx, begun, year)).map((row) => [row.transaction_id, row.transaction_ref]),
  )
  const rows = begun.map(({ row }): TransactionRow => {
    const transaction_ref = references.get(row.transaction_id)
    invariant(transaction_ref !== undefined, 'a transaction was written without a reference')
    return { ...row, transaction_ref }
  })
  await publishAll(tx, inWaves(rows, begun))
  return rows
}

/** First the first events of all, then the second ones: followers handle neighbours of one type in one go. */
function inWaves(rows: readonly TransactionRow[], begun: readonly Beginning[]) {
  const longest = Math.max(...begun.map(({ steps }) => steps.length))
  return Array.from({ length: longest }, (_, wave) =>
    rows.flatMap((row, i) => {
      const step = begun[i]?.steps[wave]
      return step === undefined ? [] : [announcementOf(row, step, row)]
    }),
  ).flat()
}

function insertBegun(tx: Tx, begun: readonly Beginning[], year: string) {
  const rows = encode(begun.map(({ row }) => row))
  const stream = encode(
    begun.flatMap(({ row, steps }) => streamOf({ ...row, event_count: 0 }, steps, row.created_at, row.status)),
  )
  return tx<{ transaction_id: string; transaction_ref: string }[]>`
    with begun as (
      insert into transactions (transaction_id, transaction_ref, transaction_type, status, stage, stage_at, source_account_id,
        destination_account_id, amount_cents, currency, description, external_reference, value_date, branch_id, requires_approval,
        initiated_by, session_id, client_id, device_id, auth_method, batch_id, correlation_id, traceparent, event_count, created_at,
        completed_at, booked_at, ledger_transaction_id, reversal_of, decision_reason, projected_from, sca, sca_policy)
      select transaction_id, 'TXN-' || ${year}::text || '-' || lpad(nextval('transaction_numbers')::text, 10, '0'),
        transaction_type, status, stage, stage_at, source_account_id, destination_account_id, amount_cents, currency, description,
        external_reference, value_date, branch_id, requires_approval, initiated_by, session_id, client_id, device_id, auth_method,
        batch_id, correlation_id, traceparent, event_count, created_at, completed_at, booked_at, ledger_transaction_id, reversal_of,
        decision_reason, projected_from, sca, sca_policy
      from json_to_recordset(${rows}::text::json) as row (transaction_id uuid, transaction_type text, status text, stage text,
        stage_at timestamptz, source_account_id uuid, destination_account_id uuid, amount_cents bigint, currency text, description text,
        external_reference text, value_date date, branch_id text, requires_approval boolean, initiated_by text, session_id text,
        client_id text, device_id text, auth_method text, batch_id uuid, correlation_id text, traceparent text, event_count int,
        created_at timestamptz, completed_at timestamptz, booked_at timestamptz, ledger_transaction_id uuid, reversal_of uuid,
        decision_reason text, projected_from text,
        sca text, sca_policy int)
      returning transaction_id, transaction_ref, created_at, completed_at
    ), unsettled as (
      insert into unsettled_transactions (transaction_id, look_at)
      select transaction_id, created_at from begun where completed_at is null
    ), searched as (
      insert into transaction_search (account_id, transaction_id, value_date, search_text)
      select account_id, transaction_id, value_date, array_to_tsvector(words || string_to_array(lower(transaction_ref), '-'))
      from json_to_recordset(${encode(begun.flatMap(({ row }) => searchRowsOf(row)))}::text::json)
        as side (account_id uuid, transaction_id uuid, value_date date, words text[])
      join begun using (transaction_id)
    ), streamed as (
      insert into transaction_events (transaction_id, sequence, event_type, status, code, data, occurred_at, correlation_id)
      select transaction_id, sequence, event_type, status, code, data, occurred_at, correlation_id
      from json_to_recordset(${stream}::text::json) as event (transaction_id uuid, sequence int, event_type text, status text, code text,
        data json, occurred_at timestamptz, correlation_id text)
    )
    select transaction_id, transaction_ref from begun`
}
