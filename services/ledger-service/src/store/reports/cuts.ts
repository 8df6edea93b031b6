import type { Queryable } from '#libs/sql/database.ts'
import { type CutDays, dayFrom, daysOfCut } from '../../domain/value-dates.ts'
import type { LedgerAccountRow } from '../../tables.ts'
import { firstOpenDay } from '../daily-books.ts'
import { cutOf, type KnownAt, resolveKnownAt } from '../known-at.ts'
import type { AccountCut } from './account-as-of.ts'
import type { JournalCut } from './gl-as-of.ts'

/** What an answer says of what was known when. */
export interface Known {
  /** When the last seal that counts was made; null where nothing was sealed. */
  readonly known_at: string | null
  readonly seal_no: number
}

/** The journal as it was known at a moment, or as the newest seal knows it. */
export async function journalCut(sql: Queryable, known_at: string | undefined): Promise<JournalCut & Known> {
  const known = await resolveKnownAt(sql, momentOf(known_at))
  return { ...knownReply(known), ...(await daysOf(sql, known)) }
}

/** The history of an account as it was known at a moment; all that is committed, and no seal, unless a moment is told. */
export async function accountCut(
  sql: Queryable,
  account: Pick<LedgerAccountRow, 'ledger_account_id' | 'normal_side' | 'entry_count'>,
  known_at: string | undefined,
): Promise<AccountCut & { known: Known | null }> {
  const { ledger_account_id, normal_side, entry_count } = account
  if (known_at === undefined) {
    // Asked after the account was read, so that no entry of it is of a later day.
    const open_from = await firstOpenDay(sql)
    return {
      ledger_account_id,
      normal_side,
      sequence: entry_count,
      open_from,
      last_day: dayFrom(open_from, 1),
      known: null,
    }
  }
  const known = await resolveKnownAt(sql, momentOf(known_at))
  const [sequence, days] = await Promise.all([cutOf(sql, ledger_account_id, known), daysOf(sql, known)])
  return { ledger_account_id, normal_side, sequence, ...days, known: knownReply(known) }
}

/** The histories of accounts as they were known at one moment, or as the newest seal knows them. */
export async function accountCuts(
  sql: Queryable,
  accounts: readonly Pick<LedgerAccountRow, 'ledger_account_id' | 'normal_side'>[],
  known_at: string | undefined,
): Promise<Known & { cuts: AccountCut[] }> {
  const known = await resolveKnownAt(sql, momentOf(known_at))
  const days = await daysOf(sql, known)
  const cuts: AccountCut[] = []
  for (const { ledger_account_id, normal_side } of accounts)
    cuts.push({
      ledger_account_id,
      normal_side,
      sequence: await cutOf(sql, ledger_account_id, known),
      ...days,
    })
  return { ...knownReply(known), cuts }
}

/** Before the first day there is. */
const NEVER = '0001-01-01'

async function daysOf(sql: Queryable, { business_date, whole_date }: KnownAt): Promise<CutDays> {
  if (business_date === null) return { open_from: NEVER, last_day: NEVER }
  return daysOfCut({ business_date, whole_date }, await firstOpenDay(sql))
}

function momentOf(known_at: string | undefined): Date | undefined {
  return known_at === undefined ? undefined : new Date(known_at)
}

function knownReply({ known_at, seal_no }: KnownAt): Known {
  return { known_at: known_at?.toISOString() ?? null, seal_no }
}
