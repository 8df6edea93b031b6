import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { recordActs as contract, searchAudit } from '#contracts/api/audit.ts'
import { ALL_SERVICES } from '#contracts/enums.ts'
import { idMaker } from '#libs/ids/ids.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { eventually, type ServiceTest } from '#libs/testing/service-test.ts'
import { anAct, auditor, deliver, openTrail, someActs, verified } from '../../testing/trail.ts'
import { service } from '../service.ts'

const DAY_MS = 86_400_000

function trailOf(bank: ServiceTest) {
  return bank.sql`select *, encode(hash, 'hex') as hash, encode(prev_hash, 'hex') as prev_hash from audit_trail order by sequence`
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Problem, `expected a refusal, got ${String(error)}`)
  return error.kind.code
}

describe('recordActs', () => {
  test('chains acts behind each other and writes down where the chain stands', async (t) => {
    const bank = await openTrail(t)
    const acts = [anAct({ change_encrypted: 'v1.sealed' }), anAct({ user_id: null, acting_service: 'admin-service' })]
    assert.equal(await deliver(bank, acts), 2)
    assert.equal(await deliver(bank, [anAct()], 'fraud-service'), 1)
    const rows = await trailOf(bank)
    for (const [i, act] of acts.entries()) {
      const { occurred_at, ...rest } = act
      const row = rows[i] as Record<string, unknown>
      assert.deepEqual(Object.fromEntries(Object.keys(rest).map((name) => [name, row[name]])), rest)
      assert.equal((row.occurred_at as Date).toISOString(), occurred_at)
    }
    assert.deepEqual(
      rows.map((row) => [row.sequence, row.service]),
      [
        [1n, 'account-service'],
        [2n, 'account-service'],
        [3n, 'fraud-service'],
      ],
    )
    assert.deepEqual(
      rows.map((row) => row.prev_hash),
      ['0'.repeat(64), rows[0]?.hash, rows[1]?.hash],
    )
    const [head] = await bank.sql`select sequence, encode(hash, 'hex') as hash from audit_chain`
    assert.deepEqual({ ...head }, { sequence: 3n, hash: rows[2]?.hash })
    assert.equal((await verified(bank)).is_intact, true)
  })

  test('leaves an act alone that it knows, whether it comes again, twice at once or changed', async (t) => {
    const bank = await openTrail(t)
    const [known, twice] = [anAct(), anAct()]
    assert.equal(await deliver(bank, [known]), 1)
    const before = await trailOf(bank)
    assert.equal(await deliver(bank, [{ ...known, outcome: 'forged' }, twice, twice]), 1)
    assert.equal(await deliver(bank, [known, twice]), 0)
    const rows = await trailOf(bank)
    assert.deepEqual([rows.length, rows[0]], [2, before[0]])
    assert.deepEqual([(await verified(bank)).is_intact, await deliver(bank, [])], [true, 0])
  })

  test('takes an act that comes months late', async (t) => {
    const bank = await openTrail(t)
    const at = Date.now() - 400 * DAY_MS
    const late = anAct({ audit_id: idMaker(() => at)(), occurred_at: new Date(at).toISOString() })
    assert.equal(await deliver(bank, [anAct(), late]), 2)
    assert.equal(await deliver(bank, [anAct({ audit_id: idMaker(() => at + 1)() })]), 1)
    const { is_intact, checked } = await verified(bank)
    assert.deepEqual([is_intact, checked], [true, 3])
  })

  test('refuses ids of no time that was, and writes nothing', async (t) => {
    const bank = await openTrail(t)
    const wrong = [randomUUID(), idMaker(() => Date.UTC(2019, 11, 31))(), idMaker(() => Date.now() + 2 * DAY_MS)()]
    for (const audit_id of wrong)
      assert.equal(await refusalOf(deliver(bank, [anAct(), anAct({ audit_id })])), 'ACT_ID_WRONG')
    assert.deepEqual([...(await trailOf(bank))], [])
  })

  test('makes one chain without a gap of what many services send at once, some of it twice', async (t) => {
    const bank = await openTrail(t)
    const batches = ALL_SERVICES.flatMap((from) => Array.from({ length: 6 }, () => ({ from, acts: someActs(40) })))
    const sent = [...batches, ...batches.slice(0, 20)]
    const recorded = await Promise.all(sent.map(({ from, acts }) => deliver(bank, acts, from)))
    const expected = batches.length * 40
    assert.equal(
      recorded.reduce((sum, count) => sum + count, 0),
      expected,
    )
    const verdict = await verified(bank)
    assert.deepEqual([verdict.is_intact, verdict.checked, verdict.last_sequence], [true, expected, expected])
  })

  test('that dies before its commit leaves nothing, and what is sent again is there once', async (t) => {
    const bank = await openTrail(t)
    const acts = someActs(50)
    await deliver(bank, acts.slice(0, 10))
    const release = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const holding = bank.owner.begin(async (tx) => {
      await tx`lock table audit_trail in share mode`
      held.resolve()
      await release.promise
    })
    await held.promise
    const dying = assert.rejects(deliver(bank, acts), Fault)
    await eventually(async () => {
      const killed = await bank.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into audit_trail%'`
      return killed.length === 1
    })
    await dying
    release.resolve()
    await holding
    assert.equal((await verified(bank)).checked, 10)
    assert.equal(await deliver(bank, acts), 40)
    const verdict = await verified(bank)
    assert.deepEqual([verdict.is_intact, verdict.checked], [true, 50])
  })

  test('is for services: staff may not write the trail', async (t) => {
    const bank = await openTrail(t)
    const body = { acts: [anAct()] }
    for (const caller of [auditor, aStaffMember('admin'), aService('kitchen-service')])
      assert.equal(await refusalOf(bank.call(contract, { body }, caller)), 'FORBIDDEN')
    assert.deepEqual([...(await trailOf(bank))], [])
  })

  test('gets the acts of audit-service itself, without an act for the delivery', async (t) => {
    const bank = await openTrail(t, { ownActs: true })
    await bank.call(searchAudit, {}, auditor)
    const rows = await eventually(async () => {
      const all = await trailOf(bank)
      return all.length > 0 && all
    })
    const [act] = rows
    assert.deepEqual(
      [act?.service, act?.operation, act?.user_id, act?.outcome],
      [service.name, 'searchAudit', auditor.sub, 'read'],
    )
    await deliver(bank, [anAct()])
    assert.equal((await verified(bank)).checked, 2)
  })
})

describe('the trail', () => {
  test('lets neither the application nor the owner update, delete or truncate it, nor a month of it', async (t) => {
    const bank = await openTrail(t)
    await deliver(bank, someActs(2))
    const month = `audit_trail_${bank.clock.wall.now().toISOString().slice(0, 7).replace('-', '_')}`
    for (const table of ['audit_trail', month]) {
      const rewriting = [`update ${table} set outcome = 'done'`, `delete from ${table}`, `truncate ${table}`]
      for (const statement of rewriting) {
        await assert.rejects(bank.sql.unsafe(statement), /permission denied/, `${statement} as the application`)
        await assert.rejects(bank.owner.unsafe(statement), /stays as it was written/, `${statement} as the owner`)
      }
    }
    const back = ['update audit_chain set sequence = sequence - 1', 'delete from audit_chain', 'truncate audit_chain']
    for (const statement of back) await assert.rejects(bank.owner.unsafe(statement), /stays as it was written/)
    await assert.rejects(bank.sql`update audit_chain set sequence = 1`, /stays as it was written/)
    await assert.rejects(bank.runtime.database.reader`delete from audit_trail`, /permission denied/)
    assert.equal((await verified(bank)).checked, 2)
  })
})
