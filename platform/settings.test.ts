import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CONFORMANCE_CODE, readPlatformSettings } from './settings.ts'

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

describe('the profile for a conformance suite', () => {
  const CONFORMANCE = { BANKFLOW_PROFILE: 'conformance', BANKFLOW_PUBLIC_ORIGIN: 'https://bank.test' }

  test('is a sandbox without a history, whose one published code is set by the profile alone', () => {
    const settings = readPlatformSettings(CONFORMANCE)
    assert.deepEqual(
      [settings.profile, settings.isConformance, settings.demo, settings.env.BANKFLOW_CONFORMANCE_CODE],
      ['sandbox', true, 'none', CONFORMANCE_CODE],
    )
    for (const profile of ['sandbox', 'production']) {
      const { env, isConformance } = readPlatformSettings({ BANKFLOW_PROFILE: profile })
      assert.deepEqual([isConformance, env.BANKFLOW_CONFORMANCE_CODE], [false, undefined], profile)
    }
  })

  test('takes nothing that is real: no keys, no database, no mail, no part of a bank, no plain origin', () => {
    for (const [name, value] of [
      ['BANKFLOW_MASTER_KEY_FILE', '/run/master.key'],
      ['DATABASE_URL', DATABASE_URL],
      ['IDENTITY_DATABASE_URL', DATABASE_URL],
      ['LEDGER_DATABASE_URL', DATABASE_URL],
      ['SERVICE', 'identity'],
      ['SERVICE_KEYS', '/run/keys.json'],
      ['SERVICE_KEY_FILE', '/run/key.pem'],
      ['BANKFLOW_SMTP_URL', 'smtp://mail.test'],
      ['BANKFLOW_PUBLIC_ORIGIN', 'http://bank.test'],
      ['HOST', '0.0.0.0'],
    ] as const)
      assert.throws(
        () => readPlatformSettings({ ...CONFORMANCE, [name]: value }),
        (error: Error) =>
          error.name === 'SettingsRefused' && error.message.startsWith(name) && !/\n|secret/.test(error.message),
        name,
      )
    assert.throws(() => readPlatformSettings({ BANKFLOW_PROFILE: 'conformance' }), /^SettingsRefused: BANKFLOW_PUBLIC/)
  })

  test('has the only code that is published: elsewhere the setting itself is refused', () => {
    for (const profile of ['sandbox', 'production'])
      assert.throws(
        () => readPlatformSettings({ BANKFLOW_PROFILE: profile, BANKFLOW_CONFORMANCE_CODE: '12345678' }),
        /^SettingsRefused: BANKFLOW_CONFORMANCE_CODE: only the profile conformance/,
      )
    assert.throws(() => readPlatformSettings({ BANKFLOW_CONFORMANCE_CODE: '12345678' }), /only the profile conformance/)
  })
})
