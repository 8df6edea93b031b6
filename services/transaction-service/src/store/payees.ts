import type { Static } from 'typebox'
import type { getBeneficiary } from '#contracts/api/transaction.ts'
import type { Id } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { problems } from '../problems.ts'
import type { BeneficiaryRow, TransactionRow } from '../tables.ts'
import type { Vault } from '../vault.ts'

export type Beneficiary = Static<(typeof getBeneficiary)['reply']>

/** The columns of `beneficiaries`, for every statement that reads whole rows. */
export function beneficiaryColumns(sql: Queryable) {
  return sql`
    beneficiary_id, customer_id, beneficiary_type, name_encrypted, account_number_encrypted, payee_hash, account_id, bank_code, country,
    currency, is_favourite, trusted_at, last_paid_at, created_at, version`
}

/** A payee as it is kept now. Problem where nobody keeps it (any more). */
export async function findBeneficiary(sql: Queryable, vault: Vault, beneficiary_id: Id): Promise<Beneficiary> {
  const [row] = await sql<BeneficiaryRow[]>`
    select ${beneficiaryColumns(sql)} from beneficiaries where beneficiary_id = ${beneficiary_id}`
  if (row === undefined) throw new Problem(problems.BENEFICIARY_NOT_FOUND)
  return beneficiaryOf(vault, row)
}

/** A payee, locked for a change; undefined where nobody keeps it (any more). */
export async function lockBeneficiary(tx: Tx, beneficiary_id: Id): Promise<BeneficiaryRow | undefined> {
  const [row] = await tx<BeneficiaryRow[]>`
    select ${beneficiaryColumns(tx)} from beneficiaries where beneficiary_id = ${beneficiary_id} for update`
  return row
}

/** Seals what is personal of a payee for its own row: it opens nowhere else. */
export function sealName(vault: Vault, beneficiary_id: Id, name: string): string {
  return vault.fields.seal(name, placeOf('name', beneficiary_id))
}

export function sealNumber(vault: Vault, beneficiary_id: Id, account_number: string): string {
  return vault.fields.seal(account_number, placeOf('account_number', beneficiary_id))
}

/** A payee as the contract tells it to the customer who keeps it. */
export function beneficiaryOf(vault: Vault, row: BeneficiaryRow): Beneficiary {
  const { beneficiary_id, customer_id, beneficiary_type, account_id, bank_code, country } = row
  return {
    ...{ beneficiary_id, customer_id, beneficiary_type },
    name: vault.fields.open(row.name_encrypted, placeOf('name', beneficiary_id)),
    account_number: vault.fields.open(row.account_number_encrypted, placeOf('account_number', beneficiary_id)),
    ...{ account_id, bank_code, country, currency: row.currency, is_favourite: row.is_favourite },
    is_trusted: row.trusted_at !== null,
    last_paid_at: row.last_paid_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    version: row.version,
  }
}

/** A payee as the audit trail may keep it, which can forget nobody: without the name, and with the end of the number alone. */
export function inTrail({ name: _name, account_number, ...rest }: Beneficiary): object {
  return { ...rest, account_number_last4: account_number.slice(-4) }
}

function placeOf(column: 'name' | 'account_number', beneficiary_id: Id): string {
  return `beneficiaries.${column}/${beneficiary_id}`
}

/** Payees that the owners of the paying accounts keep were paid when the transfers were booked. */
export async function rememberPayments(tx: Tx, rows: readonly TransactionRow[]): Promise<void> {
  const paid = rows.flatMap(({ stage, source_account_id, destination_account_id, booked_at }) =>
    stage === 'COMPLETED' && source_account_id !== null && destination_account_id !== null && booked_at !== null
      ? [{ source_account_id, destination_account_id, booked_at }]
      : [],
  )
  if (paid.length === 0) return
  await tx`
    update beneficiaries b set last_paid_at = greatest(b.last_paid_at, payment.booked_at)
    from (
      select o.customer_id, p.account_id, max(p.booked_at) as booked_at
      from unnest(${paid.map((payment) => payment.source_account_id)}::uuid[], ${paid.map((payment) => payment.destination_account_id)}::uuid[],
        ${paid.map((payment) => payment.booked_at.toISOString())}::text[]::timestamptz[]) as p (source_account_id, account_id, booked_at)
      join account_owners o on o.account_id = p.source_account_id
      group by 1, 2
    ) payment
    where b.account_id = payment.account_id and b.customer_id = payment.customer_id`
}
