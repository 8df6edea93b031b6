import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { verifyAudit as contract } from '#contracts/api/audit.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { anAct, auditor, deliver, openTrail, someActs, tamper, verified } from '../../testing/trail.ts'

async function openTenActs(t: TestContext): Promise<ServiceTest> {
  const bank = await openTrail(t)
  await deliver(bank, someActs(9))
  await deliver(bank, [anAct({ change_encrypted: 'v1.sealed' })])
  return bank
}

async function idAt(bank: ServiceTest, sequence: number): Promise<string> {
  const [row] = await bank.sql<{ audit_id: string }[]>`select audit_id from audit_trail where sequence = ${sequence}`
  return (row as { audit_id: string }).audit_id
}

describe('verifyAudit', () => {
  test('finds a chain intact, an empty one too, and names its last hash', async (t) => {
    const bank = await openTrail(t)
    const empty = await verified(bank)
    assert.deepEqual([empty.is_intact, empty.checked, empty.head_hash, empty.broken], [true, 0, null, null])
    for (let i = 0; i < 9; i++) await deliver(bank, someActs(500))
    const { verified_at: _, head_hash, ...verdict } = await verified(bank)
    const whole = { is_intact: true, checked: 4_500, first_sequence: 1, last_sequence: 4_500, broken: null }
    assert.deepEqual(verdict, whole)
    const [head] = await bank.sql<{ hash: string }[]>`select encode(hash, 'hex') as hash from audit_chain`
    assert.equal(head_hash, head?.hash)
  })

  test('computes a part of it', async (t) => {
    const bank = await openTenActs(t)
    const { checked, first_sequence, last_sequence } = await verified(bank, { after_sequence: 3, up_to_sequence: 7 })
    assert.deepEqual([checked, first_sequence, last_sequence], [4, 4, 7])
    const atTheEnd = await verified(bank, { after_sequence: 10 })
    assert.deepEqual([atTheEnd.is_intact, atTheEnd.checked], [true, 0])
    await tamper(bank, `update audit_trail set outcome = 'x' where sequence = 2`)
    assert.equal((await verified(bank, { after_sequence: 2 })).is_intact, true)
    assert.equal((await verified(bank, { up_to_sequence: 1 })).is_intact, true)
    assert.equal((await verified(bank, { up_to_sequence: 2 })).is_intact, false)
  })

  test('finds CHANGED: any column of an act, down to a microsecond', async (t) => {
    const bank = await openTenActs(t)
    const changes = [
      `change_encrypted = 'v1.sealed by somebody else'`,
      `outcome = 'done '`,
      'user_id = null',
      `client_id = ''`,
      `occurred_at = occurred_at + interval '1 microsecond'`,
      `received_at = received_at + interval '1 microsecond'`,
      `service = 'fraud-service'`,
      `traceparent = 't'`,
      `change_encrypted = 'v1.sealed'`,
      `hash = decode(repeat('11', 32), 'hex')`,
    ]
    // From the last act to the first, so that each is the first that does not fit.
    for (const [i, change] of changes.entries()) {
      const sequence = 10 - i
      await tamper(bank, `update audit_trail set ${change} where sequence = ${sequence}`)
      const { is_intact, broken, checked } = await verified(bank)
      assert.deepEqual(broken, { sequence, audit_id: await idAt(bank, sequence), what: 'CHANGED' }, change)
      assert.deepEqual([is_intact, checked], [false, sequence - 1])
    }
  })

  test('finds MISSING: an act in the middle, the first, the last ones, all', async (t) => {
    const bank = await openTenActs(t)
    const missing = async (statement: string, sequence: number, checked: number): Promise<void> => {
      await tamper(bank, statement)
      const verdict = await verified(bank)
      assert.deepEqual(verdict.broken, { sequence, audit_id: null, what: 'MISSING' }, statement)
      assert.equal(verdict.checked, checked)
    }
    await missing('delete from audit_trail where sequence > 8', 9, 8)
    await missing('delete from audit_trail where sequence = 5', 5, 4)
    assert.equal((await verified(bank, { after_sequence: 5 })).broken?.what, 'MISSING')
    await missing('delete from audit_trail where sequence = 1', 1, 0)
    await missing('delete from audit_trail', 1, 0)
  })

  test('finds OUT_OF_ORDER: two acts that changed places, one that stands twice, one behind the head', async (t) => {
    const bank = await openTenActs(t)
    const copy = (sequence: number) => `
      insert into audit_trail select overlay(audit_id::text placing 'ffff' from 20)::uuid, ${sequence}, occurred_at, received_at, service,
        operation, user_id, acting_service, session_id, client_id, ip_hash, entity_id, outcome, correlation_id, traceparent, change_encrypted,
        prev_hash, hash from audit_trail where sequence = 6`
    await tamper(bank, copy(11))
    assert.deepEqual(
      [(await verified(bank)).broken?.sequence, (await verified(bank)).broken?.what],
      [11, 'OUT_OF_ORDER'],
    )
    await tamper(bank, 'delete from audit_trail where sequence = 11', copy(6))
    const twice = await verified(bank)
    assert.deepEqual([twice.broken?.sequence, twice.broken?.what], [6, 'OUT_OF_ORDER'])
    await tamper(bank, `delete from audit_trail where sequence = 6 and audit_id::text like '%-ffff-%'`)
    assert.equal((await verified(bank)).is_intact, true)
    await tamper(bank, 'update audit_trail set sequence = 7 - sequence where sequence in (3, 4)')
    assert.deepEqual((await verified(bank)).broken, {
      sequence: 3,
      audit_id: await idAt(bank, 3),
      what: 'OUT_OF_ORDER',
    })
  })

  test('finds that the last act was written anew, by the head', async (t) => {
    const bank = await openTenActs(t)
    await tamper(bank, `update audit_chain set hash = decode(repeat('22', 32), 'hex')`)
    assert.deepEqual((await verified(bank)).broken, { sequence: 10, audit_id: null, what: 'CHANGED' })
    assert.equal((await verified(bank, { up_to_sequence: 9 })).is_intact, true)
  })

  test('finds the end cut off together with its head, by whoever goes on behind what he has seen', async (t) => {
    const bank = await openTenActs(t)
    await tamper(bank, 'delete from audit_trail where sequence > 8')
    await tamper(bank, 'update audit_chain set sequence = 8, hash = (select hash from audit_trail where sequence = 8)')
    const { is_intact, checked, broken } = await verified(bank, { after_sequence: 10 })
    assert.deepEqual([is_intact, checked], [false, 0])
    assert.deepEqual(broken, { sequence: 9, audit_id: null, what: 'MISSING' })
  })

  test('is right while acts keep coming', async (t) => {
    const bank = await openTenActs(t)
    const coming = Array.from({ length: 20 }, () => deliver(bank, someActs(50)))
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => verified(bank)))
    await Promise.all(coming)
    assert.deepEqual([...new Set(verdicts.map((verdict) => verdict.broken))], [null])
  })

  test('is for auditors, compliance and admins, and is an act itself', async (t) => {
    const bank = await openTenActs(t)
    for (const role of ['auditor', 'compliance', 'admin']) await bank.call(contract, {}, aStaffMember(role))
    for (const caller of [aCustomer(), aStaffMember('support')])
      await assert.rejects(
        bank.call(contract, {}, caller),
        (error) => error instanceof Problem && error.kind.status === 403,
      )
    const rows = await bank.sql<{ outcome: string }[]>`
      select outcome from audit_outbox where operation = 'verifyAudit' and user_id <> ${auditor.sub} order by audit_id`
    assert.deepEqual(
      rows.map((row) => row.outcome),
      ['read', 'read', 'read', 'DENIED_403', 'DENIED_403'],
    )
  })
})
