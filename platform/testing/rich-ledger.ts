import { eventually } from '#libs/testing/service-test.ts'
import { type Api, aKey } from './api.ts'

/** Amounts that nothing else has: of a correction that waits, and of a hold on the savings. */
export const BOOKED_BY_HAND = { correction: 4_517, hold: 2_113 }

interface Keepers {
  officer: string
  operator: string
  auditor: string
}

/** What people wish the ledger to do about her accounts, a verification of all that was sealed, and a moment that it knows. */
export async function keepBooks(
  api: Api,
  { officer, operator, auditor }: Keepers,
  { account, savings }: Record<'account' | 'savings', string>,
): Promise<Record<'proposal_id' | 'verification_id' | 'known_at', string>> {
  const hold = {
    ledger_account_id: savings,
    amount_cents: BOOKED_BY_HAND.hold,
    currency: 'EUR',
    expires_in_s: 2_592_000,
  }
  const held = await propose(api, operator, { kind: 'HOLD', hold })
  const reason = { reason: 'looked at the papers' }
  await api.expect(202, api.post(`/ledger/proposals/${held}/approve`, reason, { token: officer }))
  await eventually(
    async () => (await api.get(`/ledger/proposals/${held}`, { token: operator })).body.status === 'DONE',
    30_000,
  )
  const transaction = {
    business_event: 'CORRECTION',
    reference: 'Heron correction',
    description: 'Heron correction',
    currency: 'EUR',
    postings: [{ debit: account, credit: 'FEE_INCOME', amount_cents: BOOKED_BY_HAND.correction }],
  }
  const proposal_id = await propose(api, operator, { kind: 'TRANSACTION', transaction })
  const { body: started } = await api.expect(201, api.post('/ledger/verification', {}, { token: auditor }))
  const { verification_id } = started
  await eventually(
    async () => (await api.get(`/ledger/verification/${verification_id}`, { token: auditor })).body.status === 'INTACT',
    30_000,
  )
  const { body: sums } = await api.expect(200, api.get('/ledger/reports/trial-balance', { token: auditor }))
  return { proposal_id, verification_id, known_at: sums.known_at }
}

async function propose(api: Api, token: string, wish: object): Promise<string> {
  const body = { ...wish, reason: 'Heron wrote' }
  const { body: proposal } = await api.expect(201, api.post('/ledger/proposals', body, { token, key: aKey() }))
  return proposal.proposal_id
}

/** The entry of a transaction on an account, of which there is a receipt. */
export async function sealedEntryOf(
  api: Api,
  token: string,
  { account_id, ledger_transaction_id }: Record<'account_id' | 'ledger_transaction_id', string>,
): Promise<string> {
  const { body: history } = await api.expect(200, api.get(`/ledger/accounts/${account_id}/entries`, { token }))
  const entry = history.items.find((one: Record<string, string>) => one.ledger_transaction_id === ledger_transaction_id)
  await api.expect(200, api.get(`/ledger/proofs/entries/${entry.entry_id}`, { token }))
  return entry.entry_id
}

/** The newest hold on an account. */
export async function holdOn(api: Api, token: string, account_id: string): Promise<string> {
  const { body: holds } = await api.expect(200, api.get(`/ledger/accounts/${account_id}/holds`, { token }))
  return holds.items[0].hold_id
}
