import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atMostEvery } from './at-most-every.ts'

test('a hundred notices at once ask twice: now, and once more when the pause is over', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let asked = 0
  const [run, cancel] = atMostEvery(3_000, () => {
    asked += 1
  })
  for (let notice = 0; notice < 100; notice++) run()
  assert.equal(asked, 1)
  t.mock.timers.tick(3_000)
  assert.equal(asked, 2)
  t.mock.timers.tick(3_000)
  run()
  assert.equal(asked, 3, 'after a quiet pause the next one is asked for at once')
  run()
  cancel()
  t.mock.timers.tick(10_000)
  assert.equal(asked, 3, 'nothing is asked for after it was left')
})
