import { paymentAmong } from '#contracts/grants.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'

/** A transfer as a third party asks for it. */
export interface AskedTransfer {
  readonly source_account_id: string
  readonly amount_cents: bigint
  readonly currency: string
  readonly description?: string | undefined
  readonly external_reference?: string | undefined
}

/**
 * Refuses a third party's transfer that is not, field by field, the payment which the customer confirmed: CONSENT_MISMATCH names the field. Where
 * a reference was confirmed it is the text of the transfer, as its reference or its description; where none was there is no text.
 */
export function decideConsent(
  body: AskedTransfer,
  destination: { readonly account_number: string },
  grant: { consent_id: string | null; details: Parameters<typeof paymentAmong>[0] },
): Problem | { consent_id: string } {
  const payment = paymentAmong(grant.details)
  const { consent_id } = grant
  if (payment === undefined || consent_id === null)
    return new Problem(problems.CONSENT_MISMATCH, { detail: 'No payment was allowed' })
  const isSource = payment.source_account_id?.toLowerCase() === body.source_account_id.toLowerCase()
  if (!isSource) return mismatch('/source_account_id')
  if (payment.amount_cents !== body.amount_cents) return mismatch('/amount_cents')
  if (payment.currency !== body.currency) return mismatch('/currency')
  if (payment.destination_account_number !== destination.account_number) return mismatch('/destination_account_number')
  const { reference } = payment
  const { external_reference, description = '' } = body
  if (external_reference !== undefined && external_reference !== reference) return mismatch('/external_reference')
  if (description !== '' && description !== reference) return mismatch('/description')
  if (reference !== undefined && external_reference === undefined && description === '')
    return mismatch('/external_reference')
  return { consent_id }
}

function mismatch(pointer: string): Problem {
  const detail = 'is not what the customer allowed'
  return new Problem(problems.CONSENT_MISMATCH, { detail: `${pointer} ${detail}`, errors: [{ pointer, detail }] })
}
