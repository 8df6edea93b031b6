import type { TestContext } from 'node:test'
import type { Caller, GrantDetail } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Opening } from '#libs/service/service.ts'
import type { Tx } from '#libs/sql/database.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import type { ServiceTest, ServiceTestOptions } from '#libs/testing/service-test.ts'
import type { Own } from '../src/config.ts'
import { recordConsent } from '../src/store/consents/records.ts'
import type { ConsentRow } from '../src/tables.ts'
import { openIdentity } from './people.ts'

/** Identity with a way to have consents without a browser. */
export interface ConsentTest {
  bank: ServiceTest
  own: Own
  opening: Opening
  aConsent(user_id: string, known?: Known): Promise<ConsentRow>
}

interface Known {
  client_id?: string
  details?: readonly GrantDetail[]
  /** Seconds from now. */
  for_s?: number
  issuer?: string
}

export const READING: GrantDetail = {
  type: 'account_access',
  actions: ['accounts', 'balances'],
  account_ids: ['0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b'],
}
export const PAYING: GrantDetail = {
  type: 'payment_initiation',
  amount_cents: 12_550n,
  currency: 'EUR',
  destination_account_number: 'FB-00012345-7',
  payee_name: 'Corner Shop Ltd',
  reference: 'Order 17',
  source_account_id: '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b',
}

/** Opens identity, and makes consents as the bank's page does when somebody allows. */
export async function openConsents(t: TestContext, options: ServiceTestOptions = {}): Promise<ConsentTest> {
  let opening: Opening | undefined
  let made: Own | undefined
  const bank = await openIdentity(t, options, (opened, own) => {
    opening = opened
    made = own
  })
  const own = made as Own
  const aConsent: ConsentTest['aConsent'] = (user_id, known = {}) => {
    const { client_id = 'shop', details = [READING], for_s = 86_400, issuer = 'https://bank.example' } = known
    const now = bank.clock.wall.now()
    const record = (tx: Tx): Promise<ConsentRow> =>
      recordConsent(
        { tx, own, clock: bank.clock, mintId: newId },
        {
          ...{
            consent_id: newId(),
            user_id,
            issuer,
            grant_id: null,
            details,
            amr: ['pwd', 'otp'],
            authenticated_at: now,
          },
          client: { client_id, client_name: 'Corner Shop', registration: 'PSP-17' },
          scopes: details.map(({ type }) => (type === 'account_access' ? 'account_information' : type)),
          expires_at: new Date(now.getTime() + for_s * 1000),
        },
      )
    return withTrace(newTrace(), () => (opening as Opening).database.transact(record))
  }
  return { bank, own, opening: opening as unknown as Opening, aConsent }
}

/** The third party with the token of its consent. */
export function holderOf(consent: ConsentRow): Caller {
  const details = [READING]
  const grant = { kind: 'third_party', scopes: consent.scopes, consent_id: consent.consent_id, details } as const
  const { user_id: sub, session_id, client_id } = consent
  return aCustomer({ sub, session_id, client_id, grant })
}
