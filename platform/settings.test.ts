import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readPlatformSettings } from './settings.ts'

const DATABASE_URL = 'postgres://bank:secret@127.0.0.1/postgres'

describe('the demo bank', () => {
  test('is made in the embedded sandbox of one process, and elsewhere only where somebody asks for it', () => {
    const demo = (env: Record<string, string>) => readPlatformSettings(env).demo
    assert.equal(demo({}), 'full')
    assert.equal(demo({ BANKFLOW_DEMO: 'none' }), 'none')
    assert.equal(demo({ DATABASE_URL }), 'none')
    assert.equal(demo({ DATABASE_URL, BANKFLOW_PROFILE: 'sandbox' }), 'none')
    assert.equal(demo({ DATABASE_URL, BANKFLOW_PROFILE: 'sandbox', BANKFLOW_DEMO: 'full' }), 'full')
    assert.equal(demo({ DATABASE_URL, BANKFLOW_PROFILE: 'sandbox', SERVICE: 'identity' }), 'none')
    assert.equal(demo({ BANKFLOW_PROFILE: 'production' }), 'none')
  })

  test('is refused where there are real customers, in a part of a bank, and half', () => {
    for (const env of [
      { BANKFLOW_PROFILE: 'production', BANKFLOW_DEMO: 'full' },
      { DATABASE_URL, BANKFLOW_DEMO: 'full' },
      { DATABASE_URL, BANKFLOW_PROFILE: 'sandbox', SERVICE: 'identity', BANKFLOW_DEMO: 'full' },
      { BANKFLOW_DEMO: 'half' },
    ] as Record<string, string>[])
      assert.throws(() => readPlatformSettings(env), { name: 'SettingsRefused', message: /^BANKFLOW_DEMO/ })
  })
})
