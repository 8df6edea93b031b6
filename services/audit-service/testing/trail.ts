import type { TestContext } from 'node:test'
import { recordActs, verifyAudit } from '#contracts/api/audit.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { service } from '../src/service.ts'

export type Act = InputOf<typeof recordActs>['body']['acts'][number]

export const auditor = aStaffMember('auditor')

/** audit-service open for one test; acts come only by `deliver`, unless its own are delivered as well. */
export function openTrail(t: TestContext, options: { ownActs?: boolean } = {}): Promise<ServiceTest> {
  return openServiceTest(t, service, options.ownActs === true ? { recordActs } : {})
}

/** An act of a customer, all its own unless given. */
export function anAct(known: Partial<Act> = {}): Act {
  const audit_id = known.audit_id ?? newId()
  return {
    audit_id,
    occurred_at: new Date().toISOString(),
    operation: 'transferMoney',
    user_id: newId(),
    acting_service: null,
    session_id: newId(),
    client_id: null,
    auth_method: null,
    ip_hash: 'kq3v',
    entity_id: newId(),
    outcome: 'done',
    ...newTrace(),
    change_encrypted: null,
    ...known,
  }
}

export function someActs(count: number, known: Partial<Act> = {}): Act[] {
  return Array.from({ length: count }, () => anAct(known))
}

/** Delivers acts as a service does; how many were new. */
export async function deliver(bank: ServiceTest, acts: readonly Act[], from = 'account-service'): Promise<number> {
  const { reply } = await bank.call(recordActs, { body: { acts: [...acts] } }, aService(from))
  return reply.recorded
}

/** What the auditor is told about the chain. */
export async function verified(
  bank: ServiceTest,
  query: InputOf<typeof verifyAudit>['query'] = {},
): Promise<ReplyOf<typeof verifyAudit>> {
  return (await bank.call(verifyAudit, { query }, auditor)).reply
}

/** Does to the trail what its triggers would refuse. */
export async function tamper(bank: ServiceTest, ...statements: string[]): Promise<void> {
  const switched = (how: string) =>
    ['audit_trail', 'audit_chain'].map((table) => `alter table ${table} ${how} trigger user`)
  for (const statement of [...switched('disable'), ...statements, ...switched('enable')])
    await bank.owner.unsafe(statement)
}
