import type { Queryable } from '#libs/sql/database.ts'
import { dayFrom } from '../../domain/value-dates.ts'
import type { LedgerAccountRow } from '../../tables.ts'
import { firstOpenDay } from '../daily-books.ts'
import { cutsOf, daysKnown, type KnownAt, resolveKnownAt } from '../known-at.ts'
import type { AccountCut, AccountPart } from './account-as-of.ts'
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
  return { ...knownReply(known), ...(await daysKnown(sql, known)) }
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
  const { known_at: settled_at, seal_no, ...days } = await journalCut(sql, known_at)
  const [{ sequence } = { sequence: 0 }] = await partsKnown(sql, [account], { seal_no, ...days })
  return { ledger_account_id, normal_side, sequence, ...days, known: { known_at: settled_at, seal_no } }
}

/** How much of the histories of accounts a cut through the journal knows; an account that it knows nothing of is left out. */
export async function partsKnown(
  sql: Queryable,
  accounts: readonly Pick<LedgerAccountRow, 'ledger_account_id' | 'normal_side'>[],
  cut: JournalCut,
): Promise<AccountPart[]> {
  const ids = accounts.map((one) => one.ledger_account_id)
  const sequences = await cutsOf(sql, ids, cut)
  return accounts.flatMap(({ ledger_account_id, normal_side }) => {
    const sequence = sequences.get(ledger_account_id)
    return sequence === undefined ? [] : [{ ledger_account_id, normal_side, sequence }]
  })
}

function momentOf(known_at: string | undefined): Date | undefined {
  return known_at === undefined ? undefined : new Date(known_at)
}

function knownReply({ known_at, seal_no }: KnownAt): Known {
  return { known_at: known_at?.toISOString() ?? null, seal_no }
}
