import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundedLine, TooBusy } from './bounded-line.ts'

test('never more than the bound run at once, in order, and one too many is told so at once', async () => {
  const inLine = boundedLine({ running: 2, waiting: 3 })
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const started: number[] = []
  const works = gates.map(({ promise }, index) =>
    inLine(async () => {
      started.push(index)
      await promise
      return index
    }),
  )
  await assert.rejects(
    inLine(async () => 9),
    TooBusy,
  )
  for (const [index, { resolve }] of gates.entries()) {
    assert.deepEqual(started, [0, 1, 2, 3, 4].slice(0, index + 2))
    resolve()
    assert.equal(await works[index], index)
  }
})

test('work that fails gives its place to the next', async () => {
  const inLine = boundedLine({ running: 1, waiting: 1 })
  const failing = inLine(async () => {
    throw new RangeError('no')
  })
  const next = inLine(async () => 'next')
  await assert.rejects(failing, RangeError)
  assert.equal(await next, 'next')
  assert.equal(await inLine(async () => 'later'), 'later')
})
