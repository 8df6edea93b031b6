import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { breakOf, canonical, chained, GENESIS, hashOf } from './chain.ts'
import type { ChainedAct, LinkRow } from './tables.ts'

/** Texts that would run into each other if they were only put side by side. */
const text = fc.oneof(fc.string(), fc.constantFrom('', 'null', '"', '","', '\\', '\n', '\u2028', '0'))
const optional = fc.option(text)
const time = fc.bigInt(0n, 2n ** 62n)
const anAct: fc.Arbitrary<ChainedAct> = fc.record({
  audit_id: fc.uuid({ version: 7 }),
  sequence: fc.bigInt(1n, 2n ** 62n),
  occurred_at_us: time,
  received_at_us: time,
  service: text,
  operation: text,
  user_id: optional,
  acting_service: optional,
  session_id: optional,
  client_id: optional,
  auth_method: optional,
  ip_hash: optional,
  entity_id: optional,
  outcome: text,
  correlation_id: text,
  traceparent: text,
  change_sha256: optional,
})
const names = Object.keys(fc.sample(anAct, 1)[0] as ChainedAct) as (keyof ChainedAct)[]

function linksOf(acts: readonly ChainedAct[]): LinkRow[] {
  return chained(GENESIS, acts)
}

describe('the canonical text of an act', () => {
  test('can be read back completely, so that no two acts share one', () => {
    fc.assert(
      fc.property(anAct, text, (drawn, prev_hash) => {
        const act = { ...drawn }
        const [version, sequence, prev, audit_id, occurred, received, ...rest] = JSON.parse(canonical(act, prev_hash))
        assert.equal(version, act.auth_method === null ? 'bankflow-audit/1' : 'bankflow-audit/2')
        const [service, operation, user_id, acting_service, session_id, client_id, ip_hash, entity_id] = rest
        const [outcome, correlation_id, traceparent, change_sha256, auth_method = null, ...more] = rest.slice(8)
        assert.deepEqual(more, [])
        assert.equal(prev, prev_hash)
        assert.deepEqual(
          {
            ...{
              audit_id,
              sequence: BigInt(sequence),
              occurred_at_us: BigInt(occurred),
              received_at_us: BigInt(received),
            },
            ...{ service, operation, user_id, acting_service, session_id, client_id, ip_hash, entity_id },
            ...{ outcome, correlation_id, traceparent, change_sha256, auth_method },
          },
          act,
        )
      }),
    )
  })

  test('differs when any one column does', () => {
    fc.assert(
      fc.property(anAct, anAct, fc.constantFrom(...names), (act, other, name) => {
        fc.pre(act[name] !== other[name])
        assert.notEqual(canonical({ ...act, [name]: other[name] }, 'h'), canonical(act, 'h'))
      }),
    )
  })

  test('stays what it is: a text and its hash, worked out once', () => {
    const act: ChainedAct = {
      audit_id: '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b',
      sequence: 1n,
      occurred_at_us: 1_800_000_000_000_000n,
      received_at_us: 1_800_000_000_250_000n,
      service: 'account-service',
      operation: 'freezeAccount',
      user_id: 'u',
      acting_service: null,
      session_id: 's',
      client_id: null,
      auth_method: null,
      ip_hash: 'i',
      entity_id: 'e',
      outcome: 'done',
      correlation_id: 'c',
      traceparent: 't',
      change_sha256: null,
    }
    const written =
      `["bankflow-audit/1","1","${'0'.repeat(64)}","0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b","1800000000000000","1800000000250000",` +
      '"account-service","freezeAccount","u",null,"s",null,"i","e","done","c","t",null]'
    assert.equal(canonical(act, GENESIS.hash), written)
    assert.equal(hashOf(act, GENESIS.hash), createHash('sha256').update(written).digest('hex'))
    const proved = written.replace('audit/1', 'audit/2').replace(/null\]$/, 'null,"pwd+otp"]')
    assert.equal(canonical({ ...act, auth_method: 'pwd+otp' }, GENESIS.hash), proved)
  })
})

describe('a chain', () => {
  const acts = fc.array(anAct, { minLength: 3, maxLength: 8 })

  test('has no gap and fits at every link', () => {
    fc.assert(
      fc.property(acts, (some) => {
        let last = GENESIS
        for (const link of linksOf(some)) {
          assert.equal(breakOf(last, link), null)
          last = link
        }
        assert.equal(last.sequence, BigInt(some.length))
      }),
    )
  })

  test('breaks where a column was changed, a link was left out, or links changed places', () => {
    fc.assert(
      fc.property(acts, anAct, fc.constantFrom(...names), (some, other, name) => {
        const [first, second, third] = linksOf(some) as [LinkRow, LinkRow, LinkRow]
        assert.equal(breakOf(first, third), 'MISSING')
        assert.equal(breakOf(first, first), 'OUT_OF_ORDER')
        assert.equal(breakOf(first, { ...third, sequence: second.sequence }), 'OUT_OF_ORDER')
        fc.pre(name !== 'sequence' && second[name] !== other[name])
        assert.equal(breakOf(first, { ...second, [name]: other[name] }), 'CHANGED')
      }),
    )
  })

  test('shows at the next link that one was written anew with a hash that fits it', () => {
    fc.assert(
      fc.property(acts, (some) => {
        const [first, second, third] = linksOf(some) as [LinkRow, LinkRow, LinkRow]
        const forged = { ...second, outcome: `${second.outcome}!` }
        const anew = { ...forged, hash: hashOf(forged, first.hash) }
        assert.deepEqual([breakOf(first, anew), breakOf(anew, third)], [null, 'OUT_OF_ORDER'])
      }),
    )
  })
})
