import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { maskedEmail, maskedProfile, maskedWord } from './masking.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((one) => one.trim() !== '')

const profile = fc.record({
  first_name: text,
  last_name: text,
  date_of_birth: fc.constantFrom('1987-03-29', '1900-01-01', '2004-12-31'),
  email: fc.emailAddress(),
  phone: fc.option(fc.integer({ min: 1_000_000, max: 999_999_999 }).map((digits) => `+${digits}`)),
  nationality: fc.option(fc.constantFrom('PT', 'PL')),
  address: fc.record({
    street: text,
    building: text,
    postal_code: text,
    town: text,
    region: text,
    country: fc.constant('PT'),
  }),
})

describe('masking', () => {
  test('what is not known stays unknown', () => {
    const nothing = { date_of_birth: null, email: null, phone: null, nationality: null, address: null }
    const masked = maskedProfile({ ...nothing, first_name: 'Imported', last_name: 'Household' })
    assert.deepEqual(masked, { ...nothing, first_name: 'I•••', last_name: 'H•••' })
  })

  test('looks as promised', () => {
    assert.equal(maskedWord('Márcia'), 'M•••')
    assert.equal(maskedEmail('marcia@example.test'), 'm•••@e•••.test')
    assert.equal(maskedEmail('m@mail.example.co.uk'), 'm•••@m•••.uk')
    assert.equal(maskedEmail('m@localhost'), 'm•••@l•••')
  })

  test('never shows more of anybody than the first letters, a top-level domain, two digits, a year, a town and a country', () => {
    fc.assert(
      fc.property(profile, (whole) => {
        const { first_name, last_name, email, phone, date_of_birth, nationality, address } = maskedProfile(whole)
        for (const [masked, name] of [
          [first_name, whole.first_name],
          [last_name, whole.last_name],
        ] as const)
          assert.equal(masked, `${[...name.trim()][0]}•••`)
        const [local = '', domain = ''] = (email as string).split('@')
        const top = whole.email.slice(whole.email.lastIndexOf('.'))
        assert.equal([...local].length, 4)
        assert.equal(domain.length, 4 + top.length)
        assert.ok(domain.endsWith(`•••${top}`))
        assert.equal(phone, whole.phone === null ? null : `•••${whole.phone.slice(-2)}`)
        assert.equal(date_of_birth, whole.date_of_birth.slice(0, 4))
        assert.equal(nationality, null)
        const { town, country } = whole.address
        assert.deepEqual(address, { street: '', building: '', postal_code: '', region: '', town, country })
      }),
    )
  })
})
