import { listKycHistory as contract } from '#contracts/api/customer.ts'
import { implementRead } from '../../config.ts'
import { placeOfReason } from '../../sealed-profile.ts'
import { findCustomer } from '../../store/customers.ts'
import type { KycStepRow } from '../../tables.ts'

/** Every step of a verification, the first first. The reasons of a husk cannot be read any more. */
export const listKycHistory = implementRead(contract, {
  async read({ params }, { sql, own }) {
    const { row, fields } = await findCustomer(sql, own.vault, params.customer_id)
    const steps = await sql<KycStepRow[]>`
      select * from kyc_steps where customer_id = ${row.customer_id} order by sequence`
    return {
      items: steps.map(({ customer_id, sequence, kyc_status, reason_encrypted, changed_by, changed_at }) => ({
        sequence,
        kyc_status,
        reason:
          fields === null || reason_encrypted === null
            ? null
            : fields.open(reason_encrypted, placeOfReason(customer_id, sequence)),
        changed_by,
        changed_at: changed_at.toISOString(),
      })),
    }
  },
})
