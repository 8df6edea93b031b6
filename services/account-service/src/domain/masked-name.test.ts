import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { maskedName } from './masked-name.ts'

describe('maskedName', () => {
  test('shows initials and at most four dots a word, so that no length beyond that is told', () => {
    assert.equal(maskedName('Ann Silva'), 'A•• S••••')
    assert.equal(maskedName(' Maria  do Carmo-Lopes '), 'M•••• d• C••••')
    assert.equal(maskedName('Éva Ő'), 'É•• Ő')
    assert.equal(maskedName('𝒜nn'), '𝒜••')
    assert.equal(maskedName(' '), '••••')
  })
})
