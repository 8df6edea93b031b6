import type { Static } from 'typebox'
import type { getKycStatus } from '#contracts/api/customer.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import { placeOf } from './sealed-profile.ts'
import { isHimself } from './seen-by.ts'
import { documentOf } from './store/documents.ts'
import type { CustomerRow, DocumentRow } from './tables.ts'

/** Where a verification stands, as the caller may see it: how risky the bank finds somebody is not for himself. */
export function kycStateOf(
  caller: Caller,
  row: CustomerRow,
  { fields, documents }: { fields: Sealer | null; documents: readonly DocumentRow[] },
): Static<typeof getKycStatus.reply> {
  const { customer_id, kyc_status, kyc_reason_encrypted } = row
  const isTold = kyc_status === 'REJECTED' && kyc_reason_encrypted !== null && fields !== null
  return {
    customer_id,
    kyc_status,
    risk_category: isHimself(row, caller) ? null : row.risk_category,
    submitted_at: row.submitted_at?.toISOString() ?? null,
    decided_at: row.decided_at?.toISOString() ?? null,
    reasons: isTold ? [fields.open(kyc_reason_encrypted, placeOf('kyc_reason', customer_id))] : [],
    expires_on: row.kyc_expires_on,
    documents: documents.map(documentOf),
  }
}
