import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lockedPackages, refusedLicences, staleExceptions } from './licences.ts'

const locked = (licence: string | undefined, name = 'probe') => [{ name, version: '1.0.0', licence }]

describe('licences', () => {
  for (const licence of [
    'GPL-3.0-only',
    'AGPL-3.0',
    'SEE LICENSE IN terms.txt',
    'UNLICENSED',
    'MIT AND GPL-2.0',
    undefined,
  ]) {
    test(`refuses a package under ${licence ?? 'no licence'}`, () => {
      assert.equal(refusedLicences(locked(licence)).length, 1)
    })
  }

  for (const licence of ['MIT', '(MIT OR GPL-2.0)', 'MIT AND Apache-2.0', 'BSD-3-Clause']) {
    test(`lets ${licence} pass`, () => {
      assert.deepEqual(refusedLicences(locked(licence)), [])
    })
  }

  test('an exception is for one package only', () => {
    assert.deepEqual(refusedLicences(locked('Unlicense', 'postgres')), [])
    assert.equal(refusedLicences(locked('Unlicense')).length, 1)
    assert.equal(refusedLicences(locked('GPL-3.0', 'postgres')).length, 1)
  })

  test('an exception that no package needs is named', () => {
    assert.deepEqual(staleExceptions(locked('MIT')), ['argparse', 'png-js', 'postgres'])
  })

  test('a renamed package is judged by its own name, a nested one too', () => {
    const lock = {
      packages: {
        '': { name: 'root' },
        'node_modules/typescript': { name: '@typescript/typescript6', version: '6.0.0', license: 'Apache-2.0' },
        'node_modules/a/node_modules/@b/c': { version: '1.0.0', license: 'MIT' },
      },
    }
    assert.deepEqual(
      lockedPackages(JSON.stringify(lock)).map((entry) => entry.name),
      ['@typescript/typescript6', '@b/c'],
    )
  })
})
