import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { changeSetting, decideApproval, listApprovals, listSettings } from '#contracts/api/admin.ts'
import { getTransaction } from '#contracts/api/transaction.ts'
import { upkeepOf } from '#contracts/api/upkeep.ts'
import { kycSubmitted } from '#contracts/events/customer.ts'
import { transactionApprovalRequired } from '#contracts/events/transaction.ts'
import { APPROVAL_ABOVE, SETTINGS, type SettingRow } from '#contracts/settings.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { sealer } from '#libs/crypto/envelope.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { AUDIT_PURPOSE, type Change, placeOfChange } from '#libs/http/audit.ts'
import { newId } from '#libs/ids/ids.ts'
import { decode } from '#libs/json/json.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { service } from '../src/service.ts'

const kinds = { is_secret: false, needs_approval: false, description: 'A setting of tests' } as const
/** Settings of kinds that the bank's own catalogue does not need yet. */
export const MAIL_PASSWORD: SettingRow = {
  ...kinds,
  setting_key: 'test.mail_password',
  setting_type: 'STRING',
  default_value: '',
  is_secret: true,
}
export const KEY_OF_PARTNER: SettingRow = { ...MAIL_PASSWORD, setting_key: 'test.partner_key', needs_approval: true }
export const CATALOGUE: readonly SettingRow[] = [...SETTINGS, MAIL_PASSWORD, KEY_OF_PARTNER]

export type Transaction = ReplyOf<typeof getTransaction>
export type Approval = ReplyOf<typeof decideApproval>

/** A service with settings of every kind, and verbs for what tests do with it again and again. */
export interface Admin extends ServiceTest {
  admin: Caller
  second: Caller
  operator: Caller
  officer: Caller
  /** Makes transaction-service's answer about one transaction. */
  transaction(changed?: Partial<Transaction>): Transaction
  /** A transaction waits for a person, and the queue has it. */
  waitingTransaction(): Promise<{ transaction: Transaction; approval: Approval }>
  /** A customer waits for an officer, and the queue has it. */
  waitingKyc(submitted_by?: string): Promise<{ customer_id: string; approval: Approval }>
  /** The admin proposes another threshold for transfers, which a second person has to approve. */
  proposedThreshold(value?: string): Promise<Approval>
  change(
    setting_key: string,
    body: { value: string; reason?: string; version?: number },
    caller?: Caller,
  ): Promise<ReplyOf<typeof changeSetting>>
  setting(setting_key: string): Promise<ReplyOf<typeof changeSetting>>
  /** What the audit trail is told that an operation changed, oldest first. */
  changesOf(operation: string): Promise<Change[]>
  queue(query?: { status?: Approval['status']; subject_type?: Approval['subject_type'] }): Promise<Approval[]>
  decide(approval_id: string, decision: 'APPROVE' | 'REJECT', caller: Caller, more?: Decided): Promise<Approval>
}

interface Decided {
  reason?: string
  risk_category?: 'LOW' | 'MEDIUM' | 'HIGH'
  is_final?: boolean
}

/** Opens the service for one test. */
export async function openAdmin(t: TestContext, changes: { answer_within_ms?: number } = {}): Promise<Admin> {
  const catalogue = new Map(CATALOGUE.map((row) => [row.setting_key, row]))
  let keys: KeyProvider | undefined
  const definition: typeof service = {
    ...service,
    open: async (opening) => {
      keys = opening.keys
      return { ...(await service.open(opening)), catalogue, ...changes }
    },
  }
  const bank = await openServiceTest(t, definition, { upkeep: upkeepOf(service.name) })
  const staff = {
    admin: aStaffMember('admin'),
    second: aStaffMember('admin'),
    operator: aStaffMember('operator'),
    officer: aStaffMember('compliance'),
  }
  const verbs = {
    ...settingVerbs(bank, staff.admin),
    ...approvalVerbs(bank, staff.operator),
    ...waiting(bank, playTransaction(bank)),
  }
  const admin: Admin = {
    ...bank,
    ...staff,
    ...verbs,
    changesOf: (operation) => changesOf(bank, operation, keys),
    proposedThreshold: async (value = '7000000') => {
      await verbs.change(APPROVAL_ABOVE.setting_key, { value })
      return inQueue(bank, APPROVAL_ABOVE.setting_key)
    },
  }
  return admin
}

function settingVerbs(bank: ServiceTest, admin: Caller): Pick<Admin, 'change' | 'setting'> {
  return {
    change: async (setting_key, { value, reason = 'The board decided so', ...version }, caller = admin) => {
      const input = { params: { setting_key }, body: { value, reason, ...version } }
      return (await bank.call(changeSetting, input, caller)).reply
    },
    setting: async (setting_key) => {
      const { items } = (await bank.call(listSettings, {}, admin)).reply
      const found = items.find((item) => item.setting_key === setting_key)
      assert.ok(found)
      return found
    },
  }
}

function approvalVerbs(bank: ServiceTest, operator: Caller): Pick<Admin, 'queue' | 'decide'> {
  return {
    queue: async (query = {}) => (await bank.call(listApprovals, { query }, operator)).reply.items,
    decide: async (approval_id, decision, caller, { reason = 'Looked at the papers', ...more } = {}) => {
      const input = { params: { approval_id }, body: { decision, reason, ...more } }
      return (await bank.call(decideApproval, input, caller)).reply
    },
  }
}

function playTransaction(bank: ServiceTest): Admin['transaction'] {
  const transactions = new Map<string, Transaction>()
  bank.peer(getTransaction, ({ params }) => {
    const found = transactions.get(params.transaction_id)
    if (found === undefined)
      throw new Problem({ code: 'TRANSACTION_NOT_FOUND', status: 404, title: 'No such transaction' })
    return found
  })
  return (changed = {}) => {
    const transaction = { ...aTransaction(), ...changed }
    transactions.set(transaction.transaction_id, transaction)
    return transaction
  }
}

function waiting(
  bank: ServiceTest,
  transactionOf: Admin['transaction'],
): Pick<Admin, 'transaction' | 'waitingTransaction' | 'waitingKyc'> {
  return {
    transaction: transactionOf,
    waitingTransaction: async () => {
      const transaction = transactionOf()
      bank.receive(transactionApprovalRequired, requiredOf(transaction))
      return { transaction, approval: await inQueue(bank, transaction.transaction_id) }
    },
    waitingKyc: async (submitted_by = newId()) => {
      const customer_id = newId()
      bank.receive(kycSubmitted, { customer_id, document_ids: [newId(), newId()], submitted_by })
      return { customer_id, approval: await inQueue(bank, customer_id) }
    },
  }
}

async function changesOf(bank: ServiceTest, operation: string, keys: KeyProvider | undefined): Promise<Change[]> {
  assert.ok(keys)
  const trail = sealer(keys, AUDIT_PURPOSE)
  const rows = await bank.sql<{ audit_id: string; change_encrypted: string }[]>`
    select audit_id, change_encrypted from audit_outbox
    where operation = ${operation} and change_encrypted is not null order by audit_id`
  return rows.map((row) => decode(trail.open(row.change_encrypted, placeOfChange(row.audit_id))) as Change)
}

function inQueue(bank: ServiceTest, subject_id: string): Promise<Approval> {
  return eventually(async () => {
    const { items } = (await bank.call(listApprovals, {}, aStaffMember('operator'))).reply
    const found = items.find((approval) => approval.subject_id === subject_id)
    assert.ok(found, `${subject_id} waits`)
    return found
  })
}

/** The data of the event that a transaction waits. */
export function requiredOf({ transaction_id, source_account_id, amount_cents, currency }: Transaction) {
  return { transaction_id, account_id: source_account_id ?? '', rule: 'amount-review', amount_cents, currency }
}

function aTransaction(): Transaction {
  return {
    transaction_id: newId(),
    transaction_ref: 'TXN-2026-0000000001',
    transaction_type: 'TRANSFER',
    sca: 'PROVED',
    status: 'AWAITING_APPROVAL',
    source_account_id: newId(),
    destination_account_id: newId(),
    amount_cents: 1_234_500n,
    currency: 'EUR',
    description: 'For Ann Planted',
    external_reference: null,
    value_date: '2026-01-02',
    fraud_score: 600,
    requires_approval: true,
    failure_code: null,
    initiated_by: newId(),
    approved_by: null,
    ledger_transaction_id: null,
    reversal_of: null,
    reversed_by: null,
    created_at: '2026-01-02T03:04:05.000Z',
    completed_at: null,
    booked_at: null,
  }
}

/** For `assert.rejects`: the refusal must be the one of this code. */
export function refusedWith(code: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.kind.code, code)
    return true
  }
}
