import type { Caller } from '#libs/contract/client.ts'
import { encode } from '#libs/json/json.ts'
import type { Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'

/** Who changed an account, and when. */
export interface Doer {
  changed_by: string
  by_bank: boolean
  at: Date
}

/** One line of an account's log: names and new values of what changed, nothing personal. */
export interface LogLine {
  account_id: string
  change_type: string
  details: Record<string, string | null>
}

/** The caller as the log names him. */
export function doneBy(caller: Caller, at: Date): Doer {
  const by_bank = caller.kind === 'service' || caller.roles.some((role) => role !== 'customer')
  return { changed_by: caller.sub ?? caller.service ?? 'unknown', by_bank, at }
}

/** The bank itself, by this service. */
export function byTheBank(at: Date): Doer {
  return { changed_by: 'account-service', by_bank: true, at }
}

/** Adds lines to the logs of accounts, which the transaction has locked: so their numbers rise without a gap. */
export async function appendLog(tx: Tx, { changed_by, by_bank, at }: Doer, lines: readonly LogLine[]): Promise<void> {
  if (lines.length === 0) return
  await tx`
    insert into account_log (account_id, sequence, change_type, changed_by, by_bank, changed_at, details)
    select account_id,
      (select coalesce(max(l.sequence), 0) from account_log l where l.account_id = line.account_id)
        + row_number() over (partition by account_id order by rank),
      change_type, ${changed_by}, ${by_bank}, ${at}, details::jsonb
    from unnest(${textArray(lines.map((line) => line.account_id))}::uuid[], ${textArray(lines.map((line) => line.change_type))}::text[],
      ${textArray(lines.map((line) => encode(line.details)))}::text[]) with ordinality as line (account_id, change_type, details, rank)`
}
