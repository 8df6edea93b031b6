import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createGate } from './gate.ts'

test('lets as many in at once as it says, in their order, whether they fail or not', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ turns: fc.nat(4), fails: fc.boolean() }), { maxLength: 20 }),
      async (atOnce, works) => {
        const gate = createGate(atOnce)
        const begun: number[] = []
        let under_way = 0
        const ends = await Promise.allSettled(
          works.map(({ turns, fails }, i) =>
            gate(async () => {
              begun.push(i)
              under_way += 1
              assert.ok(under_way <= atOnce)
              for (let turn = 0; turn < turns; turn++) await Promise.resolve()
              under_way -= 1
              if (fails) throw new Error('failed')
              return i
            }),
          ),
        )
        assert.deepEqual(begun, [...works.keys()])
        assert.deepEqual(
          ends.map((end) => end.status === 'rejected'),
          works.map((work) => work.fails),
        )
      },
    ),
  ))
