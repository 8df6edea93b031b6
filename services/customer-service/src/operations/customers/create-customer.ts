import { createCustomer as contract } from '#contracts/api/customer.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import { customerCreated, kycApproved } from '#contracts/events/customer.ts'
import { KYC_VALIDITY_MONTHS } from '#contracts/settings.ts'
import { occurred } from '#libs/contract/event.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import type { AskedFor, WriteContext } from '#libs/http/implement.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { settingOf } from '#libs/service/followed-settings.ts'
import { implement, type Own } from '../../config.ts'
import { isForOthers, type OpeningPlan, planOpening } from '../../domain/opening.ts'
import { problems } from '../../problems.ts'
import { sealedProfile, wordHashesOf } from '../../sealed-profile.ts'
import { seenBy } from '../../seen-by.ts'
import { findCustomer, storeSearchWords } from '../../store/customers.ts'
import { addStep } from '../../store/kyc-steps.ts'
import type { CustomerRow } from '../../tables.ts'

type Context = WriteContext<Own>

export const createCustomer = implement(contract, {
  /** A data key for the customer, and the user who signs in for him. An unused key protects nothing and is forgotten. */
  async ask({ body }, { own, call, caller }) {
    const key = await own.vault.subjects.create()
    if (!isForOthers(caller)) return { ...key, user_id: caller.sub }
    return { ...key, user_id: await userOf(body.customer_id, call) }
  },

  /** Makes a profile; KYC begins, or is there already where evidence of it is brought along. */
  async run({ body }, context, { stored, fields, user_id }) {
    const { tx, clock, own, caller, mintId } = context
    const months = Number(await settingOf(tx, KYC_VALIDITY_MONTHS))
    const plan = planOpening(body, caller, { months, today: clock.bank.businessDate() })
    const customer_id = plan.customer_id ?? mintId()
    await refuseKnown(tx, customer_id)
    const at = clock.wall.now()
    const row = newRow({ ...plan, customer_id, user_id }, context, fields, at)
    await tx`insert into customers ${tx({ ...row })}`
    await tx`
      insert into customer_keys (customer_id, key_id, wrapped_key, created_at)
      values (${customer_id}, ${stored.key_id}, ${stored.wrapped_key}, ${at})`
    await storeSearchWords(tx, customer_id, wordHashesOf(own.vault, plan.profile))
    await publishCreated(context, row, plan)
    const reason = body.kyc_evidence?.reference ?? null
    await addStep(tx, fields, {
      customer_id,
      kyc_status: row.kyc_status,
      reason,
      changed_by: row.created_by,
      changed_at: at,
    })
    context.changed({ before: null, after: shownInTrail(row, plan) })
    return seenBy(caller, row, plan.profile)
  },

  /** A copy of the profile beside the key would outlive its erasure. */
  async present(customer_id, { sql, own, caller }) {
    const { row, profile } = await findCustomer(sql, own.vault, customer_id)
    return seenBy(caller, row, profile)
  },
})

/** The user of a customer that is brought over, where he signs in already. */
async function userOf(customer_id: string | undefined, call: AskedFor<Own>['call']): Promise<string | null> {
  if (customer_id === undefined) return null
  const { items } = await call(resolveUsers, { body: { user_ids: [], customer_ids: [customer_id] } })
  return items[0]?.user_id ?? null
}

async function refuseKnown(tx: Context['tx'], customer_id: string): Promise<void> {
  const [known] = await tx<
    Pick<CustomerRow, 'status'>[]
  >`select status from customers where customer_id = ${customer_id}`
  if (known === undefined) return
  if (known.status === 'ACTIVE') throw new Problem(problems.CUSTOMER_EXISTS)
  const detail = 'The opening under this id was taken back, and it is not opened again; come to a branch'
  throw new Problem(problems.CUSTOMER_EXISTS, { detail })
}

function newRow(
  plan: OpeningPlan & { customer_id: string; user_id: string | null },
  { own, caller }: Context,
  fields: Sealer,
  at: Date,
): CustomerRow {
  const { customer_id, user_id, verified_until } = plan
  return {
    customer_id,
    user_id,
    status: 'ACTIVE',
    ...sealedProfile(own.vault, fields, customer_id, plan.profile),
    home_currency: plan.home_currency,
    kyc_status: verified_until === null ? 'PENDING' : 'VERIFIED',
    kyc_expires_on: verified_until,
    was_verified: verified_until !== null,
    risk_category: null,
    kyc_answers_encrypted: null,
    submitted_by: null,
    submitted_at: null,
    decided_at: verified_until === null ? null : at,
    kyc_reason_encrypted: null,
    version: 1,
    created_by: caller.sub ?? 'unknown',
    created_at: at,
    updated_at: at,
  }
}

async function publishCreated({ tx }: Context, row: CustomerRow, plan: OpeningPlan): Promise<void> {
  const { customer_id, user_id } = row
  const home_currency = plan.opens_account ? plan.home_currency : null
  await publish(tx, occurred(customerCreated, { customer_id, user_id, home_currency }))
  if (plan.verified_until === null) return
  const approval = { customer_id, verified_by: row.created_by, expires_on: plan.verified_until }
  await publish(tx, occurred(kycApproved, approval))
}

/** The trail names what was made and never whom: erasing a customer could not reach it there. */
function shownInTrail({ customer_id, kyc_status, home_currency }: CustomerRow, { opens_account }: OpeningPlan) {
  return { customer_id, kyc_status, home_currency, opens_account }
}
