import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseServerUrl } from './server-url.ts'

describe('a PostgreSQL URL', () => {
  test('names one server or several, with what is encoded in it', () => {
    assert.deepEqual(parseServerUrl('postgres://b%40nk:p%3Aw@db.example/ba%20nk'), {
      hosts: [{ host: 'db.example', port: 5432 }],
      database: 'ba nk',
      user: 'b@nk',
      password: 'p:w',
      tls: undefined,
    })
    const { hosts, tls } = parseServerUrl(
      'postgresql://u:p@a:1,b,[::1]:3/d?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c&sslkey=/k',
    )
    assert.deepEqual(hosts, [
      { host: 'a', port: 1 },
      { host: 'b', port: 5432 },
      { host: '::1', port: 3 },
    ])
    assert.deepEqual(tls, { mode: 'verify-full', authority: '/ca.pem', certificate: '/c', key: '/k' })
  })

  for (const [url, reason] of [
    ['mysql://a/b', /no PostgreSQL URL/],
    ['postgres://u:p@a:99999/d', /no host:port/],
    ['postgres://u:p@a,,b/d', /no host:port/],
    ['postgres://u:%zz@a/d', /no encoding/],
    ['postgres://u:p@a/d?sslmode=prefer', /one of disable, require/],
    ['postgres://u:p@a/d?sslrootcert=/ca.pem', /needs sslmode/],
    ['postgres://u:p@a/d?sslmode=require&sslcert=/c', /both of sslcert and sslkey/],
    ['postgres://u:p@a/d?sslmode=disable&sslrootcert=/ca', /with sslmode=disable/],
    ['postgres://u:p@a/d?pool=4', /unknown parameter/],
  ] as const)
    test(`is refused, without showing it: ${url}`, () => {
      assert.throws(() => parseServerUrl(url), { name: 'TypeError', message: reason })
    })
})
