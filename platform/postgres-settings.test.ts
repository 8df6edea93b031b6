import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SettingsRefused } from '#libs/config/settings.ts'
import { PLAIN_TUNING } from './postgres-settings.ts'
import { readPlatformSettings } from './settings.ts'

const THREE = 'postgres://u:p@a:5432,b:5433,c/d?sslmode=require'

describe('the ways to PostgreSQL', () => {
  test('several servers, their replicas and the sizes of pools are taken as set', () => {
    const settings = readPlatformSettings({
      DATABASE_URL: THREE,
      DATABASE_READER_URL: THREE,
      LEDGER_READER_URL: 'postgres://r:p@e/ledger',
      BANKFLOW_POOLER: 'true',
      BANKFLOW_DATABASE_CONNECTIONS: '9',
    })
    assert.deepEqual(
      [settings.databaseUrl, settings.readerUrl, settings.readerUrlOf('ledger-service'), settings.profile],
      [THREE, THREE, 'postgres://r:p@e/ledger', 'production'],
    )
    assert.deepEqual(settings.databaseTuning, { ...PLAIN_TUNING, isPooled: true, appConnections: 9 })
  })

  test('a bank whose operator says nothing has the pools of before, and no replica', () => {
    const { databaseTuning, readerUrl, databaseUrl } = readPlatformSettings({})
    const { isPooled, appConnections, readerConnections } = databaseTuning
    assert.deepEqual(
      [isPooled, appConnections, readerConnections, readerUrl, databaseUrl],
      [false, 4, 2, undefined, undefined],
    )
  })

  for (const [env, line] of [
    [
      { DATABASE_URL: 'postgres://u:secret@a:1,b:x/d' },
      /^DATABASE_URL: its value, which is secret, names a server that is no host:port; give postgres:/,
    ],
    [{ LEDGER_DATABASE_URL: 'mysql://u:secret@a/d' }, /^LEDGER_DATABASE_URL: .* is no PostgreSQL URL/],
    [{ DATABASE_URL: 'postgres://u:secret@a/d?sslmode=prefer' }, /^DATABASE_URL: .* needs sslmode to be one of/],
    [
      { DATABASE_URL: 'postgres://u:secret@a/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem' },
      /^DATABASE_URL: .* names \/nowhere\/ca\.pem, which holds nothing in PEM/,
    ],
    [
      { LEDGER_READER_URL: 'postgres://u:secret@a/d?sslmode=require&sslrootcert=package.json' },
      /^LEDGER_READER_URL: .* names package\.json, which holds nothing in PEM/,
    ],
    [{ DATABASE_READER_URL: THREE }, /^DATABASE_READER_URL: its primary is not known/],
    [{ BANKFLOW_POOLER: 'true' }, /^BANKFLOW_POOLER: the embedded database has no pooler/],
    [{ DATABASE_URL: THREE, BANKFLOW_REPLICA_LAG_MS: '60000' }, /^BANKFLOW_REPLICA_LAG_MS: "60000"/],
  ] as const)
    test(`refuses with one line, which shows no secret: ${Object.keys(env).join(' ')}`, () => {
      assert.throws(
        () => readPlatformSettings(env),
        (error) => error instanceof SettingsRefused && line.test(error.message) && !/secret@|\n/.test(error.message),
      )
    })
})
