import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import {
  Cents,
  closed,
  Id,
  NullableCents,
  NullableId,
  PageOf,
  PlainText,
  PositiveCents,
  projection,
  shapeOf,
  Timestamp,
} from './schema.ts'

const Transfer = closed(
  Type.Object({
    amount_cents: PositiveCents,
    to: Type.Object({ account_id: Id }),
    parts: Type.Optional(Type.Array(Type.Object({ share_cents: Cents }))),
    note: Type.Optional(PlainText(10)),
  }),
)
const account_id = '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b'

test('an amount is a positive whole number up to 2^53-1 and nothing that merely looks like one', () => {
  const shape = shapeOf(Transfer)
  for (const amount_cents of [0, -1, 1.5, null, true, '100', 9_007_199_254_740_992, Number.NaN, [1], {}]) {
    const errors = shape.errors({ amount_cents, to: { account_id } })
    assert.deepEqual([...new Set(errors.map((error) => error.pointer))], ['/amount_cents'], String(amount_cents))
  }
  assert.deepEqual(shape.errors({ amount_cents: 9_007_199_254_740_991, to: { account_id } }), [])
})

test('unknown and missing fields are named by pointer at every depth', () => {
  const pointers = shapeOf(Transfer)
    .errors({ amount_cents: 1, to: { account: 1 }, 'a/b~c': 1 })
    .map((error) => error.pointer)
  assert.ok(pointers.includes('/to/account'))
  assert.ok(pointers.includes('/to/account_id'))
  assert.ok(pointers.includes('/a~1b~0c'))
})

test('text with control characters is refused', () => {
  assert.equal(shapeOf(Transfer).errors({ amount_cents: 1, to: { account_id }, note: 'a\u0000b' })[0]?.pointer, '/note')
})

test('a moment is one that every clock and the database can tell', () => {
  const shape = shapeOf(Timestamp)
  for (const moment of [
    '2026-01-31T23:59:59.999Z',
    '2026-01-31T23:59:59+14:00',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ])
    assert.equal(shape.fits(moment), true, moment)
  for (const moment of [
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '2016-12-31T23:59:60Z',
  ])
    assert.equal(shape.fits(moment), false, moment)
})

test('half a character and NUL are refused wherever text may stand, named by pointer; whole pairs are fine', () => {
  const open = Type.Record(Type.String(), Type.String())
  const shape = shapeOf(
    Type.Object({ code: Type.String(), list: Type.Array(Type.Object({ 'a/b': Type.String() })), open }),
  )
  const fine = { code: 'a😀', list: [{ 'a/b': 'x' }], open: { k: 'v' } }
  assert.deepEqual(shape.errors(fine), [])
  for (const half of ['\ud83d', 'x\ude00', '\u0000', 'a\u0000b']) {
    const detail = 'must be well-formed text'
    assert.deepEqual(shape.errors({ ...fine, code: half }), [{ pointer: '/code', detail }])
    assert.deepEqual(shape.errors({ ...fine, list: [{ 'a/b': 'x' }, { 'a/b': half }] }), [
      { pointer: '/list/1/a~1b', detail },
    ])
    assert.equal(shape.errors({ ...fine, open: { [half]: 'v' } }).length, 1)
    assert.equal(shape.fits({ ...fine, code: half }), false)
  }
  assert.equal(shape.errors({ ...fine, list: Array.from({ length: 30 }, () => ({ 'a/b': '\0' })) }).length, 20)
})

test('wire integers of money become bigint at every depth and null stays null', () => {
  const shape = shapeOf(
    Type.Object({ a: NullableCents, b: NullableCents, list: PageOf(Type.Object({ c: Cents, n: Type.Integer() })) }),
  )
  assert.deepEqual(shape.revive({ a: 5, b: null, list: { items: [{ c: 7, n: 7 }], next_cursor: null } }), {
    a: 5n,
    b: null,
    list: { items: [{ c: 7n, n: 7 }], next_cursor: null },
  })
})

test('a reply carries only the fields that its contract names', () => {
  const reply = projection(PageOf(Type.Object({ name: Type.String() })))
  assert.deepEqual(reply({ items: [{ name: 'a', password_hash: 'x' }], next_cursor: null, secret: 1 }), {
    items: [{ name: 'a' }],
    next_cursor: null,
  })
})

test('inside the bank money must be bigint within bounds', () => {
  const shape = shapeOf(
    Type.Object({ a: PositiveCents, b: NullableCents, list: Type.Array(Type.Object({ c: Cents })) }),
  )
  assert.deepEqual(shape.errorsInside({ a: 1n, b: null, list: [{ c: -5n }] }), [])
  for (const a of [1, 0n, 9_007_199_254_740_992n, '1']) {
    assert.equal(shape.errorsInside({ a, b: 2n, list: [] })[0]?.pointer, '/a')
  }
})

test('ids from outside are written one way, at every depth; what is no id, and what is ours, stays as it is', () => {
  const schema = Type.Object({
    jar_id: Id,
    word: Type.String(),
    either: Type.Union([Id, Type.String()]),
    none: NullableId,
    all: Type.Array(Id),
    parts: Type.Array(Type.Object({ part_id: Type.Optional(Type.Union([Id, Type.Null()])) })),
  })
  const capitals = account_id.toUpperCase()
  const sent = () => ({
    jar_id: capitals,
    word: 'AB',
    either: 'CASH',
    none: null,
    all: [capitals],
    parts: [{ part_id: capitals }, {}],
  })
  const written = {
    jar_id: account_id,
    word: 'AB',
    either: 'CASH',
    none: null,
    all: [account_id],
    parts: [{ part_id: account_id }, {}],
  }
  assert.deepEqual(shapeOf(schema, 'input').errors(sent()), [])
  assert.deepEqual(shapeOf(schema, 'input').revive(sent()), written)
  assert.deepEqual(shapeOf(schema).revive(sent()), sent())
})

test('what is wrong with one value is said once: all ways of a union together, a format before the pattern that narrows it', () => {
  const shape = shapeOf(Type.Object({ side: Type.Union([Id, Type.String({ pattern: '^[A-Z]+$' })]), at: Timestamp }))
  assert.deepEqual(shape.errors({ side: 'nowhere', at: 'yesterday' }), [
    { pointer: '/side', detail: 'must match format "uuid" or must match pattern "^[A-Z]+$"' },
    { pointer: '/at', detail: 'must match format "date-time"' },
  ])
  assert.deepEqual(shape.errors({ side: 5, at: '2026-01-01T00:00:00Z' }), [
    { pointer: '/side', detail: 'must be string' },
  ])
})

test('of a union of objects every missing and unknown field is told, once, beside what else it could be', () => {
  const either = Type.Union([Type.Object({ a: Type.String() }), Type.Object({ a: Type.String(), b: Type.String() })])
  const none = Type.Union([Type.Object({ a: Type.String() }), Type.Null()])
  const shape = shapeOf(closed(Type.Object({ either, none })))
  const required = (pointer: string) => ({ pointer, detail: 'is required' })
  assert.deepEqual(shape.errors({ either: {}, none: { x: 1 } }), [
    required('/either/a'),
    required('/either/b'),
    required('/none/a'),
    { pointer: '/none/x', detail: 'is not a known field' },
    { pointer: '/none', detail: 'must be null' },
  ])
  assert.deepEqual(shape.errors({ either: { a: '' }, none: 5 }), [
    { pointer: '/none', detail: 'must be object or must be null' },
  ])
})
