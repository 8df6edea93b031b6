import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DEMO_PEOPLE, demoPeople } from './people.ts'
import { balancesAfter } from './testing/balances-after.ts'
import { daysOf } from './year.ts'

const FIRST_DAY = '2025-11-21'
const yearOf = (seed: string) => [...daysOf(demoPeople(seed), seed, FIRST_DAY, 365)]

describe('the year of the demo bank', () => {
  test('the same seed gives the same people and the same year, another seed another one', () => {
    assert.deepEqual(yearOf('one'), yearOf('one'))
    assert.notDeepEqual(yearOf('one'), yearOf('another'))
  })

  test('at least 25 customers live through it, and something happens on nearly every day', () => {
    const days = yearOf('bankflow')
    assert.ok(DEMO_PEOPLE >= 25)
    const joined = days.flatMap(({ acts }) => acts).filter(({ kind }) => kind === 'JOIN')
    assert.equal(new Set(joined.map(({ person }) => person)).size, DEMO_PEOPLE)
    assert.ok(days.filter(({ acts }) => acts.length > 0).length > 350)
  })

  test('nobody spends what he does not have, on any day, for any seed', () => {
    for (const seed of ['bankflow', 'a', 'b', 'c', 'd', 'e', 'f', 'g']) {
      const days = yearOf(seed)
      for (const upTo of [30, 90, 180, 365])
        for (const [purse, cents] of balancesAfter(days.slice(0, upTo)))
          assert.ok(cents >= 0, `${seed} ${upTo} ${purse}: ${cents}`)
    }
  })

  test('every act has a key of its own, and nobody acts before he has joined and been approved', () => {
    const acts = yearOf('bankflow').flatMap((day) => day.acts)
    assert.equal(new Set(acts.map(({ key }) => key)).size, acts.length)
    const approved = new Set<number>()
    for (const act of acts) {
      if (act.kind === 'APPROVE_KYC') approved.add(act.person)
      else if (act.kind !== 'JOIN' && act.kind !== 'REJECT_KYC') assert.ok(approved.has(act.person), act.key)
      if (act.kind === 'TRANSFER') assert.ok(approved.has(act.to), act.key)
    }
  })
})
