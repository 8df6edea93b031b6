import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsRefused } from '#libs/config/settings.ts'
import { momentOf } from './moment.ts'

test('a moment says its time zone', () => {
  assert.equal(momentOf('--to', '2026-11-22T09:30:00.5+01:00').toISOString(), '2026-11-22T08:30:00.500Z')
  assert.equal(momentOf('--to', '2026-11-22T09:30Z').toISOString(), '2026-11-22T09:30:00.000Z')
})

for (const text of ['yesterday', '2026-11-22', '2026-11-22T09:30:00', '5', '2026-13-01T00:00:00Z', ''])
  test(`what leaves a moment open is refused: "${text}"`, () => {
    assert.throws(
      () => momentOf('--to', text),
      (error) => error instanceof SettingsRefused && error.message.startsWith(`--to: "${text}" is no moment`),
    )
  })
