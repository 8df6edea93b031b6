import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decideKyc } from '#contracts/api/customer.ts'
import { approveTransaction, rejectTransaction } from '#contracts/api/transaction.ts'
import { approvalDecided, settingChanged } from '#contracts/events/admin.ts'
import { kycRejected } from '#contracts/events/customer.ts'
import { transactionProcessing, transactionReleasing } from '#contracts/events/transaction.ts'
import { APPROVAL_ABOVE } from '#contracts/settings.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type Admin, type Approval, openAdmin, refusedWith } from '../../testing/open-admin.ts'

const refusal = (code: string) => new Problem({ code, status: 409, title: 'The owner does not want that' })

/** Plays the owner of transactions: whoever decides first does, in the name of whom the service acts for. */
function playTransactions(bank: Admin): { decision: 'APPROVE' | 'REJECT'; by: Caller }[] {
  const decisions: { decision: 'APPROVE' | 'REJECT'; by: Caller }[] = []
  for (const [operation, decision] of [
    [approveTransaction, 'APPROVE'],
    [rejectTransaction, 'REJECT'],
  ] as const)
    bank.peer(operation, ({ params: { transaction_id } }, { caller }) => {
      if (decisions.length > 0) throw refusal('NOT_AWAITING_APPROVAL')
      decisions.push({ decision, by: caller })
      const changed =
        decision === 'APPROVE'
          ? { status: 'PROCESSING' as const, approved_by: caller.sub }
          : { status: 'PENDING' as const }
      return bank.transaction({ transaction_id, ...changed })
    })
  return decisions
}

const stateOf = async (bank: Admin, { approval_id }: Approval) => {
  const [row] =
    await bank.sql`select status, decided_by, reason, claimed_by from approvals where approval_id = ${approval_id}`
  return row as { status: string; decided_by: string | null; reason: string | null; claimed_by: string | null }
}

describe('decideApproval', () => {
  test('approves a transaction at its service as the operator; the queue, the event and the trail say so', async (t) => {
    const bank = await openAdmin(t)
    const decisions = playTransactions(bank)
    const { transaction, approval } = await bank.waitingTransaction()
    const reply = await bank.decide(approval.approval_id, 'APPROVE', bank.operator, { reason: 'Called back' })
    assert.deepEqual([reply.status, reply.decided_by, reply.reason], ['APPROVED', bank.operator.sub, 'Called back'])
    const [decision] = decisions
    assert.deepEqual(
      [decision?.decision, decision?.by.kind, decision?.by.service, decision?.by.sub],
      ['APPROVE', 'service', 'admin-service', bank.operator.sub],
    )
    const subject = `TRANSACTION/${transaction.transaction_id}`
    const decided = { approval_id: approval.approval_id, subject, decision: 'APPROVED', decided_by: bank.operator.sub }
    assert.deepEqual(await bank.published(approvalDecided), [decided])
    const about = { subject_type: 'TRANSACTION', subject_id: transaction.transaction_id }
    assert.deepEqual(await bank.changesOf('decideApproval'), [
      { before: { ...about, status: 'PENDING' }, after: { ...about, status: 'APPROVED' } },
    ])
    assert.deepEqual(await bank.queue(), [])
  })

  test('the same decision of the same person answers the same again; any other is refused', async (t) => {
    const bank = await openAdmin(t)
    const decisions = playTransactions(bank)
    const { approval } = await bank.waitingTransaction()
    const first = await bank.decide(approval.approval_id, 'REJECT', bank.operator)
    assert.deepEqual(await bank.decide(approval.approval_id, 'REJECT', bank.operator), first)
    const again = (decision: 'APPROVE' | 'REJECT', who: Caller) => bank.decide(approval.approval_id, decision, who)
    await assert.rejects(again('APPROVE', bank.operator), refusedWith('ALREADY_DECIDED'))
    await assert.rejects(again('REJECT', aStaffMember('operator')), refusedWith('ALREADY_DECIDED'))
    assert.equal(decisions.length, 1)
    assert.equal((await bank.published(approvalDecided)).length, 1)
  })

  test('an officer decides KYC with what its service needs to know', async (t) => {
    const bank = await openAdmin(t)
    const heard: unknown[] = []
    bank.peer(decideKyc, ({ params, body }, { caller }) => {
      heard.push({ ...params, ...body, by: caller.sub })
      const none = { submitted_at: null, decided_at: null, reasons: [], expires_on: null, documents: [] }
      const declared = { submitted_by: null, occupation: null, source_of_funds: null, tax_residencies: null }
      const state = { kyc_status: 'VERIFIED' as const, risk_category: null, is_politically_exposed: null }
      return { ...params, ...state, ...none, ...declared }
    })
    const [good, poor] = [await bank.waitingKyc(), await bank.waitingKyc()]
    await bank.decide(good.approval.approval_id, 'APPROVE', bank.officer, { reason: 'Fine', risk_category: 'LOW' })
    await bank.decide(poor.approval.approval_id, 'REJECT', bank.officer, { reason: 'Blurred', is_final: false })
    const by = bank.officer.sub
    assert.deepEqual(heard, [
      { customer_id: good.customer_id, decision: 'APPROVE', reason: 'Fine', risk_category: 'LOW', by },
      { customer_id: poor.customer_id, decision: 'REJECT', reason: 'Blurred', is_final: false, by },
    ])
    assert.equal((await stateOf(bank, good.approval)).status, 'APPROVED')
    const claimed_by = bank.officer.sub
    assert.deepEqual(await stateOf(bank, poor.approval), {
      status: 'REJECTED',
      decided_by: by,
      reason: null,
      claimed_by,
    })
    const [kept] = await bank.sql`select count(*)::int as words from approvals a where a::text like '%Blurred%'`
    assert.equal(kept?.words, 0, 'what was said of a customer is kept where he can be forgotten')
  })

  test('a second admin lets a setting take effect, or leaves it as it is', async (t) => {
    const bank = await openAdmin(t)
    const key = APPROVAL_ABOVE.setting_key
    const rejected = await bank.proposedThreshold('1')
    await bank.decide(rejected.approval_id, 'REJECT', bank.second)
    assert.equal((await bank.setting(key)).version, 0)
    assert.deepEqual(await bank.published(settingChanged), [])
    const approved = await bank.proposedThreshold('7000000')
    await bank.decide(approved.approval_id, 'APPROVE', bank.second)
    const setting = await bank.setting(key)
    assert.deepEqual(
      [setting.value, setting.version, setting.changed_by, setting.pending_approval_id],
      ['7000000', 1, bank.admin.sub, null],
    )
    assert.deepEqual(await bank.published(settingChanged), [
      { setting_key: key, changed_by: bank.admin.sub, version: 1 },
    ])
    const [line] = await bank.sql`select reason, changed_by, approved_by from system_setting_history`
    assert.deepEqual(line, {
      reason: 'The board decided so',
      changed_by: bank.admin.sub,
      approved_by: bank.second.sub,
    })
    const decided = await bank.queue({ status: 'APPROVED' })
    assert.equal(decided[0]?.summary, `${key}: 5000000 → 7000000`)
    const changes = await bank.changesOf('decideApproval')
    assert.deepEqual(changes.at(-1)?.after, {
      subject_type: 'SETTING',
      subject_id: key,
      status: 'APPROVED',
      value_before: '5000000',
      value: '7000000',
      version: 1,
    })
  })

  test('refuses who asked for it, other roles, and what is not there, and asks nobody', async (t) => {
    const bank = await openAdmin(t)
    const decisions = playTransactions(bank)
    const { transaction, approval } = await bank.waitingTransaction()
    const kyc = (await bank.waitingKyc(bank.officer.sub ?? '')).approval
    const threshold = await bank.proposedThreshold()
    const refused = (one: { approval_id: string }, who: Caller, code: string) =>
      assert.rejects(bank.decide(one.approval_id, 'APPROVE', who), refusedWith(code))
    await refused(approval, { ...bank.operator, sub: transaction.initiated_by }, 'OWN_REQUEST')
    await refused(kyc, bank.officer, 'OWN_REQUEST')
    await refused(threshold, bank.admin, 'OWN_REQUEST')
    await refused(approval, bank.admin, 'WRONG_ROLE')
    await refused(kyc, bank.operator, 'WRONG_ROLE')
    await refused(threshold, bank.officer, 'WRONG_ROLE')
    await refused({ approval_id: newId() }, bank.admin, 'APPROVAL_NOT_FOUND')
    for (const caller of [aCustomer(), aStaffMember('auditor'), aService('fraud-service')])
      await refused(approval, caller, 'FORBIDDEN')
    assert.deepEqual(decisions, [])
    assert.equal((await bank.queue()).length, 3)
    assert.deepEqual(await bank.published(approvalDecided), [])
  })

  test('what the owner refuses is refused in its words, and goes on waiting for whoever comes next', async (t) => {
    const bank = await openAdmin(t)
    const { approval } = await bank.waitingKyc()
    bank.peer(decideKyc, () => {
      throw refusal('RISK_CATEGORY_REQUIRED')
    })
    await assert.rejects(bank.decide(approval.approval_id, 'APPROVE', bank.officer), (error) => {
      assert.ok(refusedWith('SUBJECT_REFUSED')(error))
      const { options } = error as Problem
      assert.equal(options.detail, 'RISK_CATEGORY_REQUIRED: The owner does not want that')
      assert.equal(options.extra?.subject_code, 'RISK_CATEGORY_REQUIRED')
      return true
    })
    assert.deepEqual(await stateOf(bank, approval), {
      status: 'PENDING',
      decided_by: null,
      reason: null,
      claimed_by: null,
    })
  })

  test('two operators at once: the owner is asked once, and one of the two is told so', async (t) => {
    const bank = await openAdmin(t)
    const decisions = playTransactions(bank)
    const { approval } = await bank.waitingTransaction()
    const both = ['APPROVE', 'REJECT'].map((decision) =>
      bank.decide(approval.approval_id, decision as 'APPROVE', aStaffMember('operator')),
    )
    const settled = await Promise.allSettled(both)
    const [lost] = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as Problem] : []))
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.match(lost?.kind.code ?? '', /^(DECISION_UNDER_WAY|ALREADY_DECIDED)$/)
    assert.equal(decisions.length, 1)
    assert.equal((await bank.published(approvalDecided)).length, 1)
  })

  test('two admins at once over a setting: it changes once', async (t) => {
    const bank = await openAdmin(t)
    const { approval_id } = await bank.proposedThreshold()
    const both = [bank.second, aStaffMember('admin')].map((who) => bank.decide(approval_id, 'APPROVE', who))
    const settled = await Promise.allSettled(both)
    const [lost] = settled.filter((one) => one.status === 'rejected')
    assert.ok(refusedWith('ALREADY_DECIDED')(lost?.reason))
    assert.equal((await bank.sql`select 1 from system_setting_history`).count, 1)
  })

  test('after a crash behind the owner its event records the decision in the name of who made it, and a repeat answers it', async (t) => {
    const bank = await openAdmin(t)
    const { transaction, approval } = await bank.waitingTransaction()
    bank.peer(rejectTransaction, () => {
      throw new Fault('the answer was lost')
    })
    const decide = () => bank.decide(approval.approval_id, 'REJECT', bank.operator, { reason: 'Not by him' })
    await assert.rejects(decide(), Fault)
    await assert.rejects(
      bank.decide(approval.approval_id, 'APPROVE', aStaffMember('operator')),
      refusedWith('DECISION_UNDER_WAY'),
    )
    bank.peer(rejectTransaction, () => {
      throw refusal('NOT_AWAITING_APPROVAL')
    })
    await assert.rejects(decide(), refusedWith('SUBJECT_REFUSED'))
    const about = { transaction_id: transaction.transaction_id, account_id: transaction.source_account_id ?? '' }
    bank.receive(transactionReleasing, { ...about, code: 'REJECTED' })
    await eventually(async () => (await stateOf(bank, approval)).status === 'REJECTED')
    const reply = await decide()
    assert.deepEqual([reply.status, reply.decided_by, reply.reason], ['REJECTED', bank.operator.sub, 'Not by him'])
    const [decided] = await bank.published(approvalDecided)
    assert.deepEqual([decided?.decision, decided?.decided_by], ['REJECTED', bank.operator.sub])
  })

  test('a claim that came to nothing may be taken over, and what others decided elsewhere is not put down to it', async (t) => {
    const bank = await openAdmin(t)
    const { transaction, approval } = await bank.waitingTransaction()
    bank.peer(approveTransaction, () => {
      throw new Fault('nobody is there')
    })
    await assert.rejects(bank.decide(approval.approval_id, 'APPROVE', bank.operator), Fault)
    const elsewhere = newId()
    bank.transaction({ ...transaction, status: 'PROCESSING', approved_by: elsewhere })
    const about = { transaction_id: transaction.transaction_id, account_id: transaction.source_account_id ?? '' }
    bank.receive(transactionProcessing, about)
    await eventually(async () => (await stateOf(bank, approval)).status === 'APPROVED')
    const state = await stateOf(bank, approval)
    assert.deepEqual([state.decided_by, state.reason], [elsewhere, null])
    const other = await bank.waitingKyc()
    bank.peer(decideKyc, () => {
      throw new Fault('nobody is there')
    })
    await assert.rejects(
      bank.decide(other.approval.approval_id, 'APPROVE', bank.officer, { risk_category: 'LOW' }),
      Fault,
    )
    bank.clock.advance(61_000)
    const later = aStaffMember('compliance')
    await assert.rejects(bank.decide(other.approval.approval_id, 'REJECT', later), Fault)
    assert.equal((await stateOf(bank, other.approval)).claimed_by, later.sub)
    bank.receive(kycRejected, { customer_id: other.customer_id, reasons: ['Blurred'], is_final: false })
    await eventually(async () => (await stateOf(bank, other.approval)).decided_by === later.sub)
  })

  test('a change that the catalogue does not take any more is refused when it is approved, and may be rejected', async (t) => {
    const bank = await openAdmin(t)
    const { approval_id } = await bank.proposedThreshold()
    await bank.owner`update approvals set subject_id = 'gone.setting' where approval_id = ${approval_id}`
    await assert.rejects(bank.decide(approval_id, 'APPROVE', bank.second), refusedWith('SUBJECT_REFUSED'))
    assert.equal((await bank.decide(approval_id, 'REJECT', bank.second)).status, 'REJECTED')
    assert.equal((await bank.sql`select 1 from system_setting_history`).count, 0)
  })
})
