import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { capabilitiesFor } from './ownership.ts'

describe('capabilities', () => {
  test('owners and joint owners have all of them', () => {
    assert.deepEqual(capabilitiesFor('OWNER', undefined), ['view', 'debit', 'manage'])
    assert.deepEqual(capabilitiesFor('JOINT', ['manage', 'view', 'debit']), ['view', 'debit', 'manage'])
  })

  test('a joint owner with less is refused', () => {
    assert.throws(() => capabilitiesFor('JOINT', ['view']), { name: 'Problem' })
  })

  test('a delegate has what is listed, each once and in order, and may look when nothing is', () => {
    assert.deepEqual(capabilitiesFor('DELEGATE', ['debit', 'view', 'debit']), ['view', 'debit'])
    assert.deepEqual(capabilitiesFor('DELEGATE', undefined), ['view'])
  })
})
