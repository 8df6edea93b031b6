import * as api from '#contracts/api/transaction.ts'
import { beneficiaryAdded } from '#contracts/events/transaction.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { resolvePayee } from '../../account-directory.ts'
import { implement } from '../../config.ts'
import { decidePayee } from '../../domain/beneficiaries.ts'
import { problems } from '../../problems.ts'
import { beneficiaryOf, findBeneficiary, inTrail, sealName, sealNumber } from '../../store/payees.ts'
import type { BeneficiaryRow } from '../../tables.ts'

/** Keeps a payee of the signed-in customer, once; name and number are sealed. */
export const addBeneficiary = implement(api.addBeneficiary, {
  ask: async ({ body }, { call, caller: { customer_id } }) => {
    if (customer_id === null) throw new Problem(problems.CUSTOMER_REQUIRED)
    const isInternal = body.beneficiary_type === 'INTERNAL'
    const account = isInternal ? await resolvePayee({ call }, body.account_number) : undefined
    return { customer_id, payee: decidePayee(body, account, customer_id) }
  },

  async run({ body }, { tx, own: { vault }, clock, caller, mintId, changed }, { customer_id, payee }) {
    const { account_number, ...place } = payee
    const { beneficiary_type, currency, name, is_favourite = false } = body
    const beneficiary_id = mintId()
    const row: BeneficiaryRow = {
      ...{ beneficiary_id, customer_id, beneficiary_type, ...place, currency, is_favourite },
      name_encrypted: sealName(vault, beneficiary_id, name),
      account_number_encrypted: sealNumber(vault, beneficiary_id, account_number),
      payee_hash: vault.payeeHash({ customer_id, account_number, bank_code: place.bank_code }),
      trusted_at: null,
      last_paid_at: null,
      created_at: clock.wall.now(),
      version: 1,
    }
    await tx`insert into beneficiaries ${tx(row)}`
    const user_id = caller.sub ?? ''
    await publish(tx, occurred(beneficiaryAdded, { beneficiary_id, customer_id, user_id, beneficiary_type }))
    const beneficiary = beneficiaryOf(vault, row)
    changed({ before: null, after: inTrail(beneficiary) })
    return beneficiary
  },

  /** Name and number stand in the clear nowhere, so not beside the key either. */
  present: (beneficiary_id, { sql, own }) => findBeneficiary(sql, own.vault, beneficiary_id),
})
