import type { Sealer } from '#libs/crypto/envelope.ts'
import type { Tx } from '#libs/sql/database.ts'
import { placeOfReason } from '../sealed-profile.ts'
import type { CustomerRow } from '../tables.ts'

/** A step of a verification: what it came to, who did it, and why in his own words (null where a rule says it). */
export interface KycStep {
  customer_id: string
  kyc_status: CustomerRow['kyc_status']
  reason: string | null
  changed_by: string
  changed_at: Date
}

/** Adds a step behind the others; the customer is locked, or being made. The reason is sealed with his key: names stand in such words. */
export async function addStep(tx: Tx, fields: Sealer, { reason, ...step }: KycStep): Promise<void> {
  const [last] = await tx<{ sequence: number }[]>`
    select coalesce(max(sequence), 0) as sequence from kyc_steps where customer_id = ${step.customer_id}`
  const sequence = (last?.sequence ?? 0) + 1
  const reason_encrypted = reason === null ? null : fields.seal(reason, placeOfReason(step.customer_id, sequence))
  await tx`insert into kyc_steps ${tx({ ...step, sequence, reason_encrypted })}`
}

/** The same step without words for many customers, who are locked. */
export async function addSteps(
  tx: Tx,
  customer_ids: readonly string[],
  step: Omit<KycStep, 'customer_id' | 'reason'>,
): Promise<void> {
  await tx`
    insert into kyc_steps (customer_id, sequence, kyc_status, changed_by, changed_at)
    select customer_id, coalesce((select max(sequence) from kyc_steps s where s.customer_id = c.customer_id), 0) + 1,
      ${step.kyc_status}, ${step.changed_by}, ${step.changed_at}
    from customers c where customer_id = any(${customer_ids as string[]}::uuid[])`
}

/** Who took the steps since the last verdict: made the profile, changed what was verified, handed in. */
export async function preparers(tx: Tx, customer_id: string): Promise<string[]> {
  const rows = await tx<{ changed_by: string }[]>`
    select distinct changed_by from kyc_steps s
    where customer_id = ${customer_id} and kyc_status in ('PENDING', 'IN_REVIEW') and sequence > coalesce((
      select max(sequence) from kyc_steps where customer_id = ${customer_id} and kyc_status in ('VERIFIED', 'REJECTED')), 0)`
  return rows.map(({ changed_by }) => changed_by)
}
