import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dealt } from './dealing.ts'

/** What each member gets, as `topic:partition` with spaces. */
function handsOf(topicsOf: Record<string, string[]>, sizes: Record<string, number>): Record<string, string> {
  const members = new Map(Object.entries(topicsOf).map(([memberId, topics]) => [memberId, { memberId, topics }]))
  const topics = new Map(Object.entries(sizes).map(([topic, partitionsCount]) => [topic, { partitionsCount }]))
  const hands = dealt('a', members, new Set(), { topics })
  return Object.fromEntries(
    hands.map(({ memberId, assignments }) => [
      memberId,
      [...assignments].flatMap(([topic, { partitions }]) => partitions.map((one) => `${topic}:${one}`)).join(' '),
    ]),
  )
}

describe('partitions are dealt', () => {
  test('each to one member, evenly over all topics together', () => {
    const all = ['x', 'y', 'z']
    assert.deepEqual(handsOf({ b: all, a: all }, { z: 1, x: 1, y: 3 }), { a: 'x:0 y:1 z:0', b: 'y:0 y:2' })
  })

  test('those of a topic only to members that follow it, whoever leads', () => {
    const hands = handsOf({ a: ['old'], b: ['old', 'new'] }, { new: 2, old: 2 })
    assert.deepEqual(hands, { a: 'old:0', b: 'new:0 new:1 old:1' })
  })

  test('and a member for whom none is left gets none', () => {
    assert.deepEqual(handsOf({ a: ['x'], b: ['x'] }, { x: 1 }), { a: 'x:0', b: '' })
  })
})
