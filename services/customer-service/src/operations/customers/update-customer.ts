import { updateCustomer as contract } from '#contracts/api/customer.ts'
import { customerUpdated } from '#contracts/events/customer.ts'
import { occurred } from '#libs/contract/event.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement, type Own } from '../../config.ts'
import { decideChange, isOwn, type ProfileChange } from '../../domain/profile.ts'
import { problems } from '../../problems.ts'
import { sealedProfile, wordHashesOf } from '../../sealed-profile.ts'
import { seenBy } from '../../seen-by.ts'
import { inFull, lockCustomer, storeSearchWords } from '../../store/customers.ts'
import { addStep } from '../../store/kyc-steps.ts'
import type { CustomerRow, KeyedCustomerRow } from '../../tables.ts'

export const updateCustomer = implement(contract, {
  /** Changes what is sent and differs. A new name or date of birth of somebody who was verified, by staff, begins KYC again. */
  async run({ params, body: { version, ...sent } }, context) {
    const { tx, clock, own, caller, changed } = context
    const { row, fields, profile } = inFull(await lockCustomer(tx, own.vault, params.customer_id))
    if (version !== undefined && version !== row.version) throw new Problem(problems.CUSTOMER_CHANGED)
    const isHimself = isOwn(row, caller)
    const change = decideChange(profile, sent, { standing: row, isHimself, today: clock.bank.businessDate() })
    const at = clock.wall.now()
    const next = await storeChange(context, { row, fields }, change, at)
    const { customer_id } = row
    const { updated_fields, change_type } = change
    await publish(
      tx,
      occurred(customerUpdated, { customer_id, change_type, updated_fields, timestamp: at.toISOString() }),
    )
    // Which fields, and never their values: erasing a customer could not reach them in the trail.
    changed({
      before: { version: row.version, kyc_status: row.kyc_status },
      after: { version: next.version, kyc_status: next.kyc_status, updated_fields },
    })
    return seenBy(caller, next, change.profile)
  },
})

/** The row after a change, with its search words, and a step of KYC where that begins again. */
async function storeChange(
  { tx, own, caller }: WriteContext<Own>,
  { row, fields }: { row: KeyedCustomerRow; fields: Sealer },
  { profile, restartsKyc, change_type }: ProfileChange,
  at: Date,
): Promise<CustomerRow> {
  const { customer_id } = row
  const columns = {
    ...sealedProfile(own.vault, fields, customer_id, profile),
    ...(restartsKyc ? ({ kyc_status: 'PENDING', kyc_expires_on: null, risk_category: null } as const) : {}),
    version: row.version + 1,
    updated_at: at,
  }
  await tx`update customers set ${tx(columns)} where customer_id = ${customer_id}`
  if (change_type === 'IDENTITY') await storeSearchWords(tx, customer_id, wordHashesOf(own.vault, profile))
  if (restartsKyc) {
    const changed_by = caller.sub ?? 'unknown'
    await addStep(tx, fields, { customer_id, kyc_status: 'PENDING', reason: null, changed_by, changed_at: at })
  }
  return { ...row, ...columns }
}
