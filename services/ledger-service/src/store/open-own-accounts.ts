import { isCurrency } from '#libs/money/currencies.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { arrayLiteral } from './array-literal.ts'

/** One of the bank's own accounts, as a posting names it. */
export interface OwnAccount {
  readonly ledger_account_id: string
  readonly gl_code: string
  readonly currency: string
}

/**
 * Makes own accounts that are named for the first time, of lines that the chart has. Called before any account is locked, so that whoever waits
 * for another batch's new accounts holds nothing that batch could want. An account is known once it was found committed.
 */
export async function openOwnAccounts(tx: Tx, own: Own, named: Iterable<OwnAccount>, now: Date): Promise<void> {
  const wanted = [...named].filter((account) => isCurrency(account.currency))
  if (wanted.length === 0) return
  wanted.sort((a, b) => (a.ledger_account_id < b.ledger_account_id ? -1 : 1))
  const ids = arrayLiteral(wanted.map((account) => account.ledger_account_id))
  const standing = await tx<{ ledger_account_id: string }[]>`
    select ledger_account_id from ledger_accounts where ledger_account_id = any(${ids}::uuid[])`
  for (const { ledger_account_id } of standing) own.openAccounts.add(ledger_account_id)
  if (standing.length === wanted.length) return
  await tx`
    insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version, ledger_balance_cents,
      held_cents, entry_count, created_at)
    select wanted.ledger_account_id, g.gl_code, g.name, g.account_type, g.normal_side, wanted.currency, 'OPEN', 0, 0, 0, 0, ${now}
    from unnest(${ids}::uuid[], ${arrayLiteral(wanted.map((account) => account.gl_code))}::text[],
      ${arrayLiteral(wanted.map((account) => account.currency))}::text[]) as wanted (ledger_account_id, gl_code, currency)
    join gl_accounts g on g.gl_code = wanted.gl_code and g.kind = 'OWN' and g.is_active
    order by wanted.ledger_account_id
    on conflict (ledger_account_id) do nothing`
}
