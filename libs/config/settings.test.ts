import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { choice, file, flag, folder, integer, list, text, url } from './kinds.ts'
import {
  declareSettings,
  describeSettings,
  readSettings,
  refuseUnknownSettings,
  SettingsRefused,
  type ValuesOf,
} from './settings.ts'

const settings = declareSettings({
  timeout_s: integer({ env: 'BANKFLOW_TIMEOUT_S', default: 30, min: 1, max: 3600, describe: 'How long to wait' }),
  profile: choice({
    env: 'BANKFLOW_PROFILE',
    values: ['sandbox', 'production'],
    default: 'sandbox',
    describe: 'Rules',
  }),
  sender: text({ env: 'BANKFLOW_SENDER', default: 'bank', max_length: 10, pattern: /^[a-z]+$/, describe: 'Sender' }),
  is_open: flag({ env: 'BANKFLOW_OPEN', default: false, describe: 'Whether it is open' }),
  origin: url({ env: 'BANKFLOW_ORIGIN', default: undefined, describe: 'Where it is reached' }),
  database: url({
    env: 'DATABASE_URL',
    default: undefined,
    protocols: ['postgres'],
    secret: true,
    describe: 'Database',
  }),
  key_file: file({ env: 'BANKFLOW_KEY_FILE', default: undefined, exists: true, describe: 'Key' }),
  home: folder({ env: 'BANKFLOW_HOME', default: '.bank', describe: 'Data' }),
  hosts: list({ env: 'BANKFLOW_HOSTS', default: ['localhost'], max_items: 3, pattern: /^[a-z.]+$/, describe: 'Hosts' }),
})

// The types are the guarantee here: this assignment does not compile when inference widens them.
const values: ValuesOf<typeof settings> = readSettings(settings, {})
const typed: [number, 'sandbox' | 'production', boolean, string | undefined, readonly string[]] = [
  values.timeout_s,
  values.profile,
  values.is_open,
  values.origin,
  values.hosts,
]

/** The one line that a variable is refused with. */
function refusalOf(env: Record<string, string>): string {
  try {
    readSettings(settings, env)
  } catch (error) {
    assert.ok(error instanceof SettingsRefused)
    assert.doesNotMatch(error.message, /\n/)
    return error.message
  }
  throw new assert.AssertionError({ message: `${JSON.stringify(env)} was accepted` })
}

test('without variables every setting has its default, and the values cannot be changed', () => {
  assert.deepEqual(typed, [30, 'sandbox', false, undefined, ['localhost']])
  assert.equal(values.home, resolve('.bank'))
  assert.ok(Object.isFrozen(values))
})

test('each kind reads its variable', () => {
  const read = readSettings(settings, {
    BANKFLOW_TIMEOUT_S: '3600',
    BANKFLOW_PROFILE: 'production',
    BANKFLOW_SENDER: 'abc',
    BANKFLOW_OPEN: '1',
    BANKFLOW_ORIGIN: 'https://bank.example',
    DATABASE_URL: 'postgres://u:p@db/x',
    BANKFLOW_KEY_FILE: import.meta.filename,
    BANKFLOW_HOME: 'some/folder',
    BANKFLOW_HOSTS: 'a.example, b.example',
  })
  assert.deepEqual(read, {
    timeout_s: 3600,
    profile: 'production',
    sender: 'abc',
    is_open: true,
    origin: 'https://bank.example',
    database: 'postgres://u:p@db/x',
    key_file: import.meta.filename,
    home: resolve('some/folder'),
    hosts: ['a.example', 'b.example'],
  })
})

test('a refusal is one line with the variable, its value and what is allowed', () => {
  assert.equal(
    refusalOf({ BANKFLOW_TIMEOUT_S: '0' }),
    'BANKFLOW_TIMEOUT_S: "0" is out of bounds; give a whole number from 1 to 3600',
  )
  assert.equal(
    refusalOf({ BANKFLOW_PROFILE: 'prod\nx' }),
    'BANKFLOW_PROFILE: "prod\\nx" is not among the choices; give sandbox or production',
  )
  assert.equal(refusalOf({ BANKFLOW_OPEN: '' }), 'BANKFLOW_OPEN is empty; unset it or give true or false')
})

test('every kind refuses what it does not allow', () => {
  const refused: [string, string[]][] = [
    ['BANKFLOW_TIMEOUT_S', ['abc', '1.5', '1e2', '3601', '-1', ' 30', '030', '0x10', '99999999999999999999']],
    ['BANKFLOW_PROFILE', ['Sandbox', 'sandbox ']],
    ['BANKFLOW_SENDER', ['Bank', 'a'.repeat(11)]],
    ['BANKFLOW_OPEN', ['yes', 'TRUE']],
    ['BANKFLOW_ORIGIN', ['bank.example', 'ftp://bank.example', '/path']],
    ['BANKFLOW_KEY_FILE', ['/no/such/file', import.meta.dirname]],
    ['BANKFLOW_HOME', [import.meta.filename]],
    ['BANKFLOW_HOSTS', ['a,,b', 'A', 'a,b,c,d']],
  ]
  for (const [env, texts] of refused)
    for (const value of texts) assert.match(refusalOf({ [env]: value }), new RegExp(`^${env}: `))
})

test('a secret and a password in a URL are never shown, and a long value is cut', () => {
  assert.doesNotMatch(refusalOf({ DATABASE_URL: 'mysql://user:hunter2@db' }), /hunter2|user/)
  assert.doesNotMatch(refusalOf({ BANKFLOW_ORIGIN: 'ftp://user:hunter2@bank.example' }), /hunter2/)
  assert.ok(refusalOf({ BANKFLOW_PROFILE: 'x'.repeat(5000) }).length < 200)
})

test('a misspelt variable is refused with the nearest setting, one that resembles none without', () => {
  const refuse = (env: Record<string, string>) => refuseUnknownSettings([{}, settings], env)
  assert.throws(() => refuse({ BANKFLOW_PROFLE: 'x' }), {
    name: 'SettingsRefused',
    message: 'BANKFLOW_PROFLE is not a setting; did you mean BANKFLOW_PROFILE?',
  })
  assert.throws(() => refuse({ BANKFLOW_QQQQQQQQQQQQQQQ: 'x' }), {
    message: 'BANKFLOW_QQQQQQQQQQQQQQQ is not a setting',
  })
  assert.doesNotThrow(() => refuse({ BANKFLOW_PROFILE: 'x', PATH: '/bin', DATABASE_URL: 'x', bankflow_x: '' }))
})

test('the documentation has a row per setting, in order, without the default of a secret', () => {
  const secret = declareSettings({
    pepper: text({ env: 'PEPPER', default: 'hunter2', secret: true, describe: 'Pepper' }),
  })
  const rows = describeSettings([settings, secret])
  assert.equal(rows.length, 10)
  assert.deepEqual(
    rows.map(({ env }) => env).toSorted(),
    rows.map(({ env }) => env),
  )
  assert.deepEqual(
    rows.find(({ env }) => env === 'BANKFLOW_TIMEOUT_S'),
    {
      env: 'BANKFLOW_TIMEOUT_S',
      kind: 'integer',
      default: '30',
      allowed: 'a whole number from 1 to 3600',
      describe: 'How long to wait',
    },
  )
  assert.doesNotMatch(JSON.stringify(rows), /hunter2/)
})

test('a declaration that contradicts itself does not load', () => {
  const port = integer({ env: 'PORT', default: 8080, min: 1, max: 65_535, describe: 'Port' })
  assert.throws(() => declareSettings({ port, other: port }), /PORT is declared twice/)
  assert.throws(() => declareSettings({ port: { ...port, default: 0 } }), /default of PORT is out of bounds/)
  assert.throws(() => declareSettings({ port: { ...port, env: 'port' } }), RangeError)
  assert.throws(() => declareSettings({ port: { ...port, describe: ' ' } }), RangeError)
})
