import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { approveProposal, getProposal } from '#contracts/api/ledger-proposals.ts'
import { approvalDecided, approvalRequested } from '#contracts/events/admin.ts'
import {
  customerCreationRolledBack,
  customerUpdated,
  kycApproved,
  kycRejected,
  kycSubmitted,
} from '#contracts/events/customer.ts'
import { ledgerProposalDecided, ledgerProposalMade } from '#contracts/events/ledger.ts'
import {
  transactionApprovalRequired,
  transactionCancelled,
  transactionFailed,
  transactionProcessing,
  transactionReleasing,
} from '#contracts/events/transaction.ts'
import type { DataOf } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type Admin, openAdmin, requiredOf, type Transaction } from '../../testing/open-admin.ts'

const aboutOf = ({ transaction_id, source_account_id }: Transaction) => ({
  transaction_id,
  account_id: source_account_id ?? '',
})
const moneyOf = ({ amount_cents, currency }: Transaction) => ({ amount_cents, currency })

interface State {
  status: string
  decided_by: string | null
  reason: string | null
}

async function statesOf(bank: Admin, subject_id: string): Promise<State[]> {
  const rows = await bank.sql<State[]>`
    select status, decided_by, reason from approvals where subject_id = ${subject_id} order by approval_id`
  return [...rows]
}

const reaches = (bank: Admin, subject_id: string, state: State) =>
  eventually(async () => assert.deepEqual((await statesOf(bank, subject_id)).at(-1), state))

/** Everything that was sent before has been handled. */
async function settled(bank: Admin): Promise<void> {
  await bank.waitingTransaction()
  await bank.waitingKyc()
}

describe('the queue of approvals', () => {
  test('an event that comes again asks for nothing new, whatever became of the first', async (t) => {
    const bank = await openAdmin(t)
    const transaction = bank.transaction()
    const customer_id = newId()
    const submission = { customer_id, document_ids: [newId()], submitted_by: newId() }
    const required = bank.receive(transactionApprovalRequired, requiredOf(transaction))
    const submitted = bank.receive(kycSubmitted, submission)
    bank.receive(kycApproved, { customer_id, verified_by: 'officer', expires_on: '2030-01-01' })
    await reaches(bank, customer_id, { status: 'APPROVED', decided_by: 'officer', reason: null })
    bank.receive(kycSubmitted, submission, submitted)
    bank.receive(transactionApprovalRequired, requiredOf(transaction), required)
    bank.receive(transactionApprovalRequired, requiredOf(transaction))
    await settled(bank)
    assert.equal((await statesOf(bank, customer_id)).length, 1)
    assert.equal((await statesOf(bank, transaction.transaction_id)).length, 1)
    const asked = await bank.published(approvalRequested)
    assert.equal(asked.filter(({ subject_id }) => subject_id === transaction.transaction_id).length, 1)
    assert.equal(asked.filter(({ subject_id }) => subject_id === customer_id).length, 1)
  })

  test('what is decided elsewhere leaves the queue, with who did it as far as its service says', async (t) => {
    const bank = await openAdmin(t)
    const officer = newId()
    const approved = (await bank.waitingTransaction()).transaction
    bank.transaction({ ...approved, status: 'PROCESSING', approved_by: officer })
    bank.receive(transactionProcessing, aboutOf(approved))
    const rejected = (await bank.waitingTransaction()).transaction
    bank.receive(transactionReleasing, { ...aboutOf(rejected), code: 'APPROVAL_EXPIRED' })
    const failed = (await bank.waitingTransaction()).transaction
    bank.receive(transactionFailed, { ...aboutOf(failed), ...moneyOf(failed), code: 'REJECTED' })
    const good = (await bank.waitingKyc()).customer_id
    bank.receive(kycApproved, { customer_id: good, verified_by: officer, expires_on: '2030-01-01' })
    const poor = (await bank.waitingKyc()).customer_id
    bank.receive(kycRejected, { customer_id: poor, reasons: ['Blurred'], is_final: true })
    const gone = (await bank.waitingKyc()).customer_id
    bank.receive(customerCreationRolledBack, { customer_id: gone, reason: 'NO_PRODUCT' })
    const nobody = { decided_by: null, reason: null }
    await reaches(bank, approved.transaction_id, { status: 'APPROVED', decided_by: officer, reason: null })
    await reaches(bank, rejected.transaction_id, { ...nobody, status: 'REJECTED', reason: 'APPROVAL_EXPIRED' })
    await reaches(bank, failed.transaction_id, { ...nobody, status: 'REJECTED', reason: 'REJECTED' })
    await reaches(bank, good, { status: 'APPROVED', decided_by: officer, reason: null })
    await reaches(bank, poor, { ...nobody, status: 'REJECTED' })
    await reaches(bank, gone, { ...nobody, status: 'WITHDRAWN' })
    assert.deepEqual(await bank.queue(), [])
    const decided = await bank.published(approvalDecided)
    const byOf = (subject: string) => decided.find((one) => one.subject === subject)?.decided_by
    assert.equal(decided.length, 6)
    assert.equal(byOf(`KYC/${good}`), officer)
    assert.equal(byOf(`KYC/${poor}`), 'customer-service')
    assert.equal(byOf(`TRANSACTION/${rejected.transaction_id}`), 'transaction-service')
  })

  test('what its initiator takes back is withdrawn by them, not rejected while its hold is released', async (t) => {
    const bank = await openAdmin(t)
    const { transaction } = await bank.waitingTransaction()
    const about = aboutOf(transaction)
    const cancelled_by = transaction.initiated_by ?? ''
    bank.receive(transactionReleasing, { ...about, code: 'CANCELLED' })
    bank.receive(transactionCancelled, { ...about, ...moneyOf(transaction), related_account_id: null, cancelled_by })
    await reaches(bank, about.transaction_id, { status: 'WITHDRAWN', decided_by: cancelled_by, reason: null })
    assert.equal((await statesOf(bank, about.transaction_id)).length, 1)
  })

  test('an end stays: later events of the transaction change nothing', async (t) => {
    const bank = await openAdmin(t)
    const { transaction } = await bank.waitingTransaction()
    const about = aboutOf(transaction)
    bank.transaction({ ...transaction, status: 'PROCESSING', approved_by: 'bob' })
    bank.receive(transactionProcessing, about)
    bank.receive(transactionReleasing, { ...about, code: 'LIMIT_EXCEEDED' })
    bank.receive(transactionFailed, { ...about, ...moneyOf(transaction), code: 'LIMIT_EXCEEDED' })
    await settled(bank)
    assert.deepEqual(await statesOf(bank, about.transaction_id), [
      { status: 'APPROVED', decided_by: 'bob', reason: null },
    ])
    assert.equal((await bank.published(approvalDecided)).length, 1)
  })

  test('a request that is read after its decision comes into the queue as decided', async (t) => {
    const bank = await openAdmin(t)
    const approved = bank.transaction({ status: 'COMPLETED', approved_by: 'bob' })
    const rejected = bank.transaction({ status: 'FAILED', failure_code: 'REJECTED' })
    bank.receive(transactionProcessing, aboutOf(approved))
    for (const transaction of [approved, rejected]) bank.receive(transactionApprovalRequired, requiredOf(transaction))
    bank.receive(transactionFailed, { ...aboutOf(rejected), ...moneyOf(rejected), code: 'REJECTED' })
    await reaches(bank, approved.transaction_id, { status: 'APPROVED', decided_by: 'bob', reason: null })
    await reaches(bank, rejected.transaction_id, { status: 'REJECTED', decided_by: null, reason: 'REJECTED' })
    await settled(bank)
    assert.equal((await bank.published(approvalDecided)).length, 2)
  })

  test('a transaction that its service does not know waits, and nobody is named as who asked', async (t) => {
    const bank = await openAdmin(t)
    const transaction = { ...bank.transaction(), transaction_id: newId() }
    bank.receive(transactionApprovalRequired, requiredOf(transaction))
    await reaches(bank, transaction.transaction_id, { status: 'PENDING', decided_by: null, reason: null })
    const [asked] = await bank.published(approvalRequested)
    assert.equal(asked?.requested_by, 'transaction-service')
    assert.equal((await bank.queue())[0]?.requested_by, null)
  })

  test('a customer may be asked about again after a decision, and only the newest submission waits', async (t) => {
    const bank = await openAdmin(t)
    const { customer_id } = await bank.waitingKyc()
    const rejection = { customer_id, reasons: ['Blurred'], is_final: false }
    bank.receive(kycRejected, rejection)
    await reaches(bank, customer_id, { status: 'REJECTED', decided_by: null, reason: null })
    const submission = { customer_id, document_ids: [newId()], submitted_by: newId() }
    bank.receive(kycSubmitted, submission)
    await reaches(bank, customer_id, { status: 'PENDING', decided_by: null, reason: null })
    bank.receive(kycSubmitted, submission)
    await eventually(async () => assert.equal((await statesOf(bank, customer_id)).length, 3))
    const states = (await statesOf(bank, customer_id)).map(({ status }) => status)
    assert.deepEqual(states, ['REJECTED', 'WITHDRAWN', 'PENDING'])
    assert.equal((await bank.queue()).length, 1)
  })

  test('a new name takes back the submission that vouched for the old one; a new address takes back nothing', async (t) => {
    const bank = await openAdmin(t)
    const [renamed, moved] = [await bank.waitingKyc(), await bank.waitingKyc()]
    const updated = { timestamp: new Date().toISOString() }
    const contact = { change_type: 'CONTACT', updated_fields: ['address'], ...updated }
    const identity = { change_type: 'IDENTITY', updated_fields: ['last_name'], ...updated }
    bank.receive(customerUpdated, { customer_id: moved.customer_id, ...contact })
    bank.receive(customerUpdated, { customer_id: renamed.customer_id, ...identity })
    await reaches(bank, renamed.customer_id, { status: 'WITHDRAWN', decided_by: null, reason: null })
    await settled(bank)
    assert.equal((await statesOf(bank, moved.customer_id))[0]?.status, 'PENDING')
  })

  test('a decision says nothing about a submission that is newer than itself', async (t) => {
    const bank = await openAdmin(t)
    const { customer_id, approval } = await bank.waitingKyc()
    await bank.owner`update approvals set requested_at = requested_at + interval '1 hour' where approval_id = ${approval.approval_id}`
    bank.receive(kycRejected, { customer_id, reasons: ['Blurred'], is_final: false })
    await settled(bank)
    assert.equal((await statesOf(bank, customer_id))[0]?.status, 'PENDING')
  })

  test('what is proposed to the ledger waits with its reason, and leaves the queue as it was decided there', async (t) => {
    const bank = await openAdmin(t)
    const reason = 'A mistake of last month'
    bank.peer(getProposal, ({ params }) => ({ ...aProposal(params.proposal_id), reason }))
    const made = (changed: Partial<DataOf<typeof ledgerProposalMade>> = {}) => {
      const { proposal_id, kind, period, proposed_by } = aProposal(newId())
      const data = { proposal_id, kind, period, amount_cents: 1_250n, currency: 'EUR', proposed_by, ...changed }
      const id = bank.receive(ledgerProposalMade, data)
      return { id, data }
    }
    const [adjustment, close, old] = [
      made(),
      made({ kind: 'PERIOD_CLOSE', amount_cents: null, currency: null }),
      made({ period: null, kind: 'HOLD' }),
    ]
    const queue = await eventually(async () => {
      const waiting = await bank.queue({ subject_type: 'LEDGER_PROPOSAL' })
      return waiting.length === 3 && waiting
    })
    assert.deepEqual(
      queue.map(({ approval_id, rule, summary, request_reason }) => [approval_id, rule, summary, request_reason]),
      [
        [adjustment.id, 'adjustment', '2026-10: 12.50 EUR', reason],
        [close.id, 'period_close', '2026-10', reason],
        [old.id, 'hold', '12.50 EUR', reason],
      ],
    )
    const approved: (string | null)[] = []
    bank.peer(approveProposal, ({ params }, { caller }) => {
      approved.push(caller.sub)
      return aProposal(params.proposal_id)
    })
    const decided = await bank.decide(adjustment.id, 'APPROVE', bank.officer)
    assert.deepEqual([decided.status, approved], ['APPROVED', [bank.officer.sub]])
    bank.receive(ledgerProposalDecided, { proposal_id: close.data.proposal_id, status: 'REJECTED', decided_by: 'ben' })
    bank.receive(ledgerProposalDecided, { proposal_id: old.data.proposal_id, status: 'EXPIRED', decided_by: null })
    await reaches(bank, close.data.proposal_id, { status: 'REJECTED', decided_by: 'ben', reason: null })
    await reaches(bank, old.data.proposal_id, { status: 'WITHDRAWN', decided_by: null, reason: 'EXPIRED' })
    assert.deepEqual(await bank.queue(), [])
  })
})

/** ledger-service's answer about an adjustment that waits. */
function aProposal(proposal_id: string) {
  return {
    ...{ proposal_id, kind: 'ADJUSTMENT' as const, status: 'PENDING' as const, transaction: null, hold: null },
    ...{ period: '2026-10', reason: 'why', documents: [], proposed_by: 'ada' },
    ...{ proposed_at: '2026-11-02T03:04:05.000Z', expires_at: '2026-11-09T03:04:05.000Z', decided_by: null },
    ...{ decided_at: null, decision_reason: null, carried_out_at: null, ledger_transaction_id: null, hold_id: null },
    ...{ refusal_code: null, refusal_detail: null },
  }
}
