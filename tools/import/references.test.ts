import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchIdOf, customerIdOf, referenceMaker } from './references.ts'
import type { BankRow } from './row-reader.ts'

function row(changed: Partial<BankRow> = {}): BankRow {
  return {
    line: 2,
    account: 'Main',
    currency: 'EUR',
    value_date: '2020-01-01',
    minor: -500n,
    description: 'Bakery',
    category: undefined,
    balance: undefined,
    ...changed,
  }
}

test('true twins get references of their own, and the same ones in every run', () => {
  const rows = [row(), row({ minor: -501n }), row(), row({ line: 99 })]
  const [first, second] = [referenceMaker(), referenceMaker()]
  const references = rows.map(first)
  assert.equal(new Set(references).size, 4)
  assert.deepEqual(rows.map(second), references)
  for (const reference of references) assert.match(reference, /^imp-[0-9a-f]{64}$/)
})

test('the rows between twins, their lines and the file balance do not change a reference', () => {
  const alone = referenceMaker()(row())
  const after = referenceMaker()
  after(row({ description: 'Somebody else' }))
  assert.equal(after(row({ line: 1234, balance: 77n })), alone)
})

test('each mapped field makes another row', () => {
  const changes: Partial<BankRow>[] = [
    { account: 'Other' },
    { currency: 'GBP' },
    { value_date: '2020-01-02' },
    { minor: 500n },
    { description: 'bakery' },
    { category: 'Food' },
  ]
  const references = [{}, ...changes].map((changed) => referenceMaker()(row(changed)))
  assert.equal(new Set(references).size, references.length)
})

test('fields do not run into each other', () => {
  const one = referenceMaker()(row({ description: 'a', category: 'bc' }))
  assert.notEqual(referenceMaker()(row({ description: 'ab', category: 'c' })), one)
})

test('the customer of a label is the same for ever, one for each currency, and a UUID of version 8', () => {
  const id = customerIdOf('UNASSIGNED', 'GBP')
  // Written down, because accounts of years ago are found by it.
  assert.equal(id, '1508152a-05e2-8581-aae7-f83b37cfa69d')
  assert.notEqual(customerIdOf('UNASSIGNED', 'EUR'), id)
  assert.notEqual(customerIdOf('UNASSIGNED ', 'GBP'), id)
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('a file read in another way is another batch', () => {
  const sha256 = 'ab'.repeat(32)
  assert.equal(batchIdOf(sha256, { currency: 'EUR' }), batchIdOf(sha256, { currency: 'EUR' }))
  assert.notEqual(batchIdOf(sha256, { currency: 'EUR' }), batchIdOf(sha256, { currency: 'GBP' }))
  assert.notEqual(batchIdOf('cd'.repeat(32), { currency: 'EUR' }), batchIdOf(sha256, { currency: 'EUR' }))
})
