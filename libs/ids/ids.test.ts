import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idFloor, idMaker, idTimeMs, isId, newId } from './ids.ts'

test('ids of one maker strictly rise, also within a millisecond and when the clock steps back', () => {
  let now = 1_700_000_000_000
  const make = idMaker(() => now)
  let last = make()
  for (let i = 0; i < 20_000; i++) {
    if (i === 5_000) now -= 60_000
    const next = make()
    assert.ok(next > last, `${next} after ${last}`)
    last = next
  }
})

test('an id is a UUIDv7 that carries its time', () => {
  const id = newId(1_790_000_000_123)
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(idMaker(() => 0)(1_790_000_000_123).slice(0, 13), idFloor(1_790_000_000_123).slice(0, 13))
  assert.equal(idTimeMs(idFloor(1_790_000_000_123)), 1_790_000_000_123)
  assert.ok(isId(id))
  assert.ok(!isId(id.toUpperCase()) && !isId(`${id}0`) && !isId("' or 1=1"))
})

test('a million ids from one maker are all different', () => {
  const make = idMaker()
  const seen = new Set<string>()
  for (let i = 0; i < 1_000_000; i++) seen.add(make())
  assert.equal(seen.size, 1_000_000)
})
