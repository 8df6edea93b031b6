import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { searchAudit as contract } from '#contracts/api/audit.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { idMaker, newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { type Act, anAct, auditor, deliver, openTrail } from '../../testing/trail.ts'
import { type Filters, findActs } from '../store/trail.ts'

type Query = InputOf<typeof contract>['query']
type Found = ReplyOf<typeof contract>['items'][number]

const HOUR_MS = 3_600_000
const START_MS = Date.now() - 24 * HOUR_MS

async function search(bank: ServiceTest, query: Query = {}) {
  return (await bank.call(contract, { query }, auditor)).reply
}

/** An act for each hour of the last day, oldest first. */
function aDay(known: (hour: number) => Partial<Act> = () => ({})): Act[] {
  return Array.from({ length: 24 }, (_, hour) => {
    const at = START_MS + hour * HOUR_MS
    return anAct({ audit_id: idMaker(() => at)(), occurred_at: new Date(at).toISOString(), ...known(hour) })
  })
}

async function openDay(t: TestContext): Promise<{ bank: ServiceTest; acts: Act[] }> {
  const bank = await openTrail(t)
  const acts = aDay()
  await deliver(bank, acts)
  return { bank, acts }
}

const idsOf = (acts: readonly Pick<Act, 'audit_id'>[]): string[] => acts.map((act) => act.audit_id)

describe('searchAudit', () => {
  test('shows an act with its place in the chain, that it changed something, and not what', async (t) => {
    const bank = await openTrail(t)
    const act = anAct({ acting_service: 'admin-service', client_id: 'web', change_encrypted: 'v1.sealed' })
    await deliver(bank, [act])
    const { change_encrypted: _c, traceparent: _t, ...shown } = act
    const [found, ...more] = (await search(bank)).items
    const { hash, ...rest } = found as Found
    assert.deepEqual(rest, { ...shown, sequence: 1, service: 'account-service', has_change: true })
    assert.match(hash, /^[0-9a-f]{64}$/)
    assert.deepEqual(more, [])
  })

  test('goes page by page, newest first, without gap or repetition, while acts arrive', async (t) => {
    const { bank, acts } = await openDay(t)
    const seen: string[] = []
    let cursor: string | null | undefined
    do {
      const page = await search(bank, { limit: 7, ...(cursor == null ? {} : { cursor }) })
      seen.push(...idsOf(page.items))
      cursor = page.next_cursor
      await deliver(bank, [anAct()])
    } while (cursor !== null)
    assert.deepEqual(seen, idsOf(acts).toReversed())
  })

  test('finds by each filter, and by all of them together', async (t) => {
    const { bank } = await openDay(t)
    const wanted = anAct({ operation: 'freezeAccount', outcome: 'ACCOUNT_CLOSED' })
    const alike = anAct({ operation: 'freezeAccount', user_id: wanted.user_id, correlation_id: wanted.correlation_id })
    await deliver(bank, [wanted, alike], 'fraud-service')
    const { user_id, entity_id, session_id, correlation_id } = wanted
    const one: Filters[] = [
      { entity_id: entity_id as string },
      { session_id: session_id as string },
      { outcome: 'ACCOUNT_CLOSED' },
    ]
    const both: Filters[] = [
      { user_id: user_id as string },
      { correlation_id },
      { operation: 'freezeAccount' },
      { service: 'fraud-service' },
      { from: wanted.occurred_at },
    ]
    for (const query of [...one, Object.assign({}, ...one, ...both)])
      assert.deepEqual(idsOf((await search(bank, query)).items), [wanted.audit_id], JSON.stringify(query))
    for (const query of both)
      assert.deepEqual(
        idsOf((await search(bank, query)).items),
        [alike.audit_id, wanted.audit_id],
        JSON.stringify(query),
      )
    assert.deepEqual((await search(bank, { entity_id: newId() })).items, [])
  })

  test('takes a time from its first moment to the one before its last', async (t) => {
    const { bank, acts } = await openDay(t)
    const [from, to] = [acts[5]?.occurred_at as string, acts[9]?.occurred_at as string]
    assert.deepEqual(idsOf((await search(bank, { from, to })).items), idsOf(acts.slice(5, 9)).toReversed())
    const always = { from: '1960-01-01T00:00:00Z', to: '9999-12-31T23:59:59Z' }
    assert.equal((await search(bank, always)).items.length, 24)
  })

  test('refuses a cursor of its own making, and who is no auditor; a look is an act, and so is a denial', async (t) => {
    const { bank } = await openDay(t)
    const refused = (query: Query, caller: typeof auditor, code: string) =>
      assert.rejects(
        bank.call(contract, { query }, caller),
        (error) => error instanceof Problem && error.kind.code === code,
      )
    await refused({ cursor: 'x' }, auditor, 'CURSOR_WRONG')
    for (const caller of [aCustomer(), aStaffMember('support'), aService('admin-service')])
      await refused({}, caller, 'FORBIDDEN')
    for (const role of ['compliance', 'admin']) await bank.call(contract, {}, aStaffMember(role))
    const rows = await bank.sql<{ outcome: string }[]>`select outcome from audit_outbox order by audit_id`
    assert.deepEqual(
      rows.map((row) => row.outcome),
      ['DENIED_403', 'DENIED_403', 'DENIED_403', 'read', 'read'],
    )
  })

  test('reads by index whatever it is asked for when acts are many', async (t) => {
    const { bank } = await openDay(t)
    await bank.owner`
      insert into audit_trail
      select overlay(overlay(uuid_floor(now() - n * interval '1 second')::text placing '7' from 15) placing lpad(to_hex(n), 12, '0') from 25)::uuid,
        24 + n, now() - n * interval '1 second', now(), 'service-' || n % 10, 'operation' || n % 50, 'user-' || n % 2000, null, 'session-' || n,
        null, null, 'entity-' || n, case when n % 100 = 0 then 'REFUSED-' || n % 30 else 'done' end, 'correlation-' || n, 't', null,
        decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
      from generate_series(1, 20000) n`
    await bank.owner`analyze audit_trail`
    const from = new Date(Date.now() - 600_000).toISOString()
    const fullMonth = new RegExp(`Seq Scan on audit_trail_${from.slice(0, 7).replace('-', '_')}`)
    const wishes: [Filters, RegExp][] = [
      [{ correlation_id: 'correlation-77' }, /correlation_id = /],
      [{ user_id: 'user-77' }, /user_id = /],
      [{ entity_id: 'entity-77' }, /entity_id = /],
      [{ session_id: 'session-77' }, /session_id = /],
      [{ outcome: 'REFUSED-10' }, /outcome = /],
      [{ operation: 'operation7', from }, /operation = .*audit_id >= /],
      [{ service: 'no-such-service' }, /service = /],
      [{ from, to: new Date().toISOString() }, /audit_id >= /],
      [{ outcome: 'done' }, /./],
      [{}, /./],
    ]
    for (const [filters, condition] of wishes) {
      const plan = await planOf(bank, filters)
      // The months to come are empty, and read whole at no cost.
      assert.doesNotMatch(plan, fullMonth, `${JSON.stringify(filters)}\n${plan}`)
      const found = plan.split('\n').filter((line) => /Index Cond/.test(line) && condition.test(line))
      assert.ok(condition.source === '.' || found.length > 0, `${JSON.stringify(filters)}\n${plan}`)
    }
  })
})

/** The plan of a page as PostgreSQL would go about it. */
async function planOf(bank: ServiceTest, filters: Filters): Promise<string> {
  const asking = (strings: TemplateStringsArray | string, ...values: unknown[]) => {
    if (typeof strings === 'string') return bank.owner(strings)
    const [first = '', ...rest] = strings
    const isWhole = first.trimStart().startsWith('select')
    const text = Object.assign([isWhole ? `explain ${first}` : first, ...rest], { raw: strings.raw })
    return bank.owner(text as never, ...(values as never[]))
  }
  const page = { cursor: undefined, limit: 51, newestFirst: true }
  const rows = await findActs(asking as never, filters, page)
  return rows.map((row) => String(Object.values(row)[0])).join('\n')
}
