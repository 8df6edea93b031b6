import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSecretKey, maskText, maskValue, REDACTED } from './masking.ts'

const UUID = '01934b2e-7a5c-7123-8456-123456789012'

test('secrets and personal data are redacted at any depth, under any spelling of the key', () => {
  const keys = [
    'password',
    'new_password',
    'code',
    'otp_code',
    'codes',
    'token',
    'refreshToken',
    'Authorization',
    'set-cookie',
  ]
  keys.push(
    'client_secret',
    'email',
    'userEmail',
    'phone',
    'phone_number',
    'name_encrypted',
    'account_number',
    'pan',
    'cvc',
  )
  keys.push(
    'card-number',
    'pin',
    'iban',
    'api_key',
    'privateKey',
    'x-access-token',
    'first_name',
    'date_of_birth',
    'recovery_codes',
  )
  for (const key of keys) {
    assert.ok(isSecretKey(key), key)
    const line = JSON.stringify(
      maskValue({ a: [{ [key]: 'planted' }], b: { c: { [key]: { d: 'planted' } } }, [key]: 12345 }),
    )
    assert.doesNotMatch(line, /planted|12345/, key)
  }
})

test('what operations need to read stays readable', () => {
  const fields = {
    status_code: 200,
    problem_code: 'ACCOUNT_FROZEN',
    shipping: 'x',
    company: 'y',
    account_id: UUID,
    idempotency_key: 'k-1',
    partition_key: UUID,
    currency_code: 'EUR',
    amount_cents: 123456789012n,
    email_verified: true,
    password: null,
    at: '2026-11-21T10:22:33.123Z',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    duration_ms: 1.5,
  }
  assert.deepEqual(maskValue(fields), fields)
})

test('e-mail addresses, tokens, card, account and phone numbers in a text are masked, what stands around them is not', () => {
  const planted = [
    'anna.b+c@example.org',
    'änna@exämple.org',
    'anna%40example.org',
    '4111111111111111',
    '4111 1111 1111 1111',
  ]
  planted.push(
    '4111-1111-1111-1111',
    '3782 822463 10005',
    'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln',
    'DE89370400440532013000',
  )
  planted.push('GB82 WEST 1234 5698 7654 32', '+49 170 1234567', '+1 (555) 123-4567', '123456789', 'Bearer abc.def')
  for (const text of planted) {
    const masked = maskText(`to <${text}>, ok`)
    assert.match(masked, /^to <(?:Bearer )?\[redacted\]>, ok$/, text)
  }
  assert.equal(maskText('postgres://app:hunter2@db:5432/x'), `postgres://${REDACTED}@db:5432/x`)
  assert.equal(maskText('card4111111111111111x'), `card${REDACTED}x`)
})

test('ids, dates and ordinary numbers in a text are kept', () => {
  const kept = [UUID, '0af7651916cd43dd8448eb211c80319c', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']
  kept.push('2026-11-21T10:22:33.123Z', '12345678 rows', 'TXN-2026-00012345', '127.0.0.1:8080', 'at run (file.ts:10:5)')
  for (const text of kept) assert.equal(maskText(`saw ${text} here`), `saw ${text} here`)
})

test('an error keeps its type, kind, stack and cause, and loses the secrets in them', () => {
  const cause = Object.assign(new TypeError('no anna@example.org'), { code: 'ECONNREFUSED', token: 'planted' })
  const error = maskValue(new RangeError('card 4111111111111111', { cause })) as Record<string, unknown>
  assert.equal(error.type, 'RangeError')
  assert.equal(error.message, `card ${REDACTED}`)
  assert.match(String(error.stack), /masking\.test\.ts/)
  assert.doesNotMatch(JSON.stringify(error), /anna|4111|planted/)
  const { code, type, message } = error.cause as Record<string, unknown>
  assert.deepEqual({ code, type, message }, { code: 'ECONNREFUSED', type: 'TypeError', message: `no ${REDACTED}` })
  const both = maskValue(new AggregateError([new Error('first'), new Error('anna@example.org')])) as {
    errors: { message: string }[]
  }
  assert.deepEqual(
    both.errors.map(({ message: text }) => text),
    ['first', REDACTED],
  )
})

test('a database error does not quote the row that failed', () => {
  const error = Object.assign(new Error('duplicate key'), { severity: 'ERROR', code: '23505', table_name: 'users' })
  const line = maskValue(Object.assign(error, { detail: 'planted', parameters: ['planted'], query: 'planted' }))
  assert.doesNotMatch(JSON.stringify(line), /planted/)
  assert.match(JSON.stringify(line), /"table_name":"users".*"code":"23505"/)
})

test('cycles, depth, length and number are bounded', () => {
  const cycle: Record<string, unknown> = { text: 'x'.repeat(100_000) }
  for (let index = 0; index < 200; index += 1) cycle[`again_${index}`] = cycle
  assert.ok(JSON.stringify(maskValue(cycle)).length < 2_000_000)
  const deep = JSON.parse(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`)
  assert.ok(JSON.stringify(maskValue(deep)).includes('[deeper]'))
  assert.equal((maskValue(Array.from({ length: 5_000 }, () => 1)) as number[]).length, 100)
})

test('a value that cannot be read is named, and the line is still written', () => {
  const broken = Object.defineProperty({}, 'field', {
    enumerable: true,
    get() {
      throw new Error('no')
    },
  })
  assert.equal(maskValue(broken), '[unreadable]')
})

test('bytes, class instances, maps, sets and dates are named or copied, never opened', () => {
  class Connection {
    readonly secret_field = 'planted'
  }
  const masked = maskValue({
    a: Buffer.from('planted'),
    b: new Connection(),
    c: new Map([['pin', '1234']]),
    d: new Set([1]),
  })
  assert.deepEqual(masked, { a: '[7 bytes]', b: '[Connection]', c: { pin: REDACTED }, d: [1] })
  assert.equal(maskValue(new Date(0)), '1970-01-01T00:00:00.000Z')
  assert.equal(maskValue(new Date(Number.NaN)), null)
})

test('no value makes masking throw, and no address survives in any text', () => {
  const word = fc.stringMatching(/^[a-z]{1,10}$/)
  fc.assert(fc.property(fc.anything(), (value) => assert.doesNotThrow(() => maskValue(value))))
  fc.assert(
    fc.property(fc.string(), word, word, fc.string(), (before, local, host, after) => {
      const address = `${local}@${host}.test`
      assert.ok(!maskText(`${before} ${address} ${after}`).includes(address))
    }),
  )
})
