import type { Static } from 'typebox'
import type { getKycStatus } from '#contracts/api/customer.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import { openedAnswers, placeOf } from './sealed-profile.ts'
import { isHimself } from './seen-by.ts'
import { documentOf } from './store/documents.ts'
import type { CustomerRow, DocumentRow } from './tables.ts'

/** Who decides by what was declared, and who checks those. */
const TOLD_WHAT_WAS_DECLARED: readonly string[] = ['compliance', 'auditor']

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
    ...declared(caller, row, fields),
  }
}

type Declared = Pick<
  Static<typeof getKycStatus.reply>,
  'submitted_by' | 'occupation' | 'source_of_funds' | 'is_politically_exposed' | 'tax_residencies'
>

const NOTHING_DECLARED: Declared = {
  submitted_by: null,
  occupation: null,
  source_of_funds: null,
  is_politically_exposed: null,
  tax_residencies: null,
}

function declared({ kind, roles }: Caller, row: CustomerRow, fields: Sealer | null): Declared {
  const isTold = kind === 'user' && roles.some((role) => TOLD_WHAT_WAS_DECLARED.includes(role))
  if (!isTold) return NOTHING_DECLARED
  const answers = fields === null ? null : openedAnswers(fields, row)
  return { ...NOTHING_DECLARED, ...answers, submitted_by: row.submitted_by }
}
