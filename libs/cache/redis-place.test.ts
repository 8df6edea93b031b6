import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { redisPlaceOf } from './redis-place.ts'

describe('the address of Redis', () => {
  test('is one server, a Sentinel’s or a cluster’s, with TLS or without', () => {
    const plain = { username: undefined, password: undefined, database: 0, master: undefined, isTls: false }
    const sentinel = { username: undefined, password: undefined }
    assert.deepEqual(redisPlaceOf('redis://localhost'), {
      ...plain,
      ...{ mode: 'single', nodes: [{ host: 'localhost', port: 6379 }], sentinel },
    })
    assert.deepEqual(redisPlaceOf('rediss://app:p%40s@[::1]:7000/3'), {
      ...{ mode: 'single', nodes: [{ host: '::1', port: 7000 }], username: 'app', password: 'p@s' },
      ...{ database: 3, master: undefined, sentinel, isTls: true },
    })
    assert.deepEqual(redisPlaceOf('redis+sentinel://:word@a,b:26380/bank/2?sentinel_password=x'), {
      ...{
        mode: 'sentinel',
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 26_380 },
        ],
        username: undefined,
      },
      ...{
        password: 'word',
        database: 2,
        master: 'bank',
        sentinel: { username: undefined, password: 'x' },
        isTls: false,
      },
    })
    assert.deepEqual(redisPlaceOf('rediss+cluster://a:1,b:2'), {
      ...plain,
      ...{
        mode: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        sentinel,
        isTls: true,
      },
    })
  })

  test('has passwords of any characters, each of which may be encoded', () => {
    const place = redisPlaceOf(
      'redis+sentinel://b%3Aank:p%40ss%2Fw:rd+%25@a/bank?sentinel_username=guard&sentinel_password=a+b/=%26%23%C3%A9',
    )
    assert.ok(!('refusal' in place))
    assert.deepEqual([place.username, place.password], ['b:ank', 'p@ss/w:rd+%'])
    assert.deepEqual(place.sentinel, { username: 'guard', password: 'a+b/=&#é' })
  })

  test('is refused with what is wrong with it, and never with its password', () => {
    const wrong: Record<string, RegExp> = {
      'http://a': /no address of Redis/,
      'redis://': /no address of Redis/,
      'redis://:secret@a,b': /several servers/,
      'redis://a:0': /address 1/,
      'redis+cluster://a:1,b:x': /address 2/,
      'redis+sentinel://:secret@a': /no master/,
      'redis+sentinel://a/bank/x': /number of a database/,
      'redis+cluster://:secret@a/1': /only one/,
      'redis://:secret@a?tls=1': /option/,
      'redis+sentinel://a/bank?sentinel_password=secret&sentinel_password=secret': /twice/,
      'redis+sentinel://a/bank?sentinel_password=secret%': /% that encodes no character/,
      'redis+sentinel://a/bank?sentinel_username=secret': /user without a password/,
      'redis://:secret%zz@a': /% that encodes no character/,
      'redis://secret@a': /user without a password/,
      'redis://:secret/word@a': /no address|address 1|number of a database/,
      'redis://:se@secret@a': /address 1/,
    }
    for (const [url, reason] of Object.entries(wrong)) {
      const place = redisPlaceOf(url)
      assert.ok('refusal' in place, url)
      assert.match(place.refusal, reason)
      assert.doesNotMatch(place.refusal, /secret/)
    }
  })
})
