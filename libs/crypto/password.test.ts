import assert from 'node:assert/strict'
import crypto, { argon2Sync } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { TooBusy } from './bounded-line.ts'
import { hashPassword, needsRehash, verifyNothing, verifyPassword } from './password.ts'

/** A PHC string made here, with cheap parameters unless told. */
function phcOf(password: string, memory = 64, passes = 1, lanes = 1): string {
  const nonce = Buffer.from('sixteen bytes !!')
  const hash = argon2Sync('argon2id', { message: password, nonce, parallelism: lanes, tagLength: 32, memory, passes })
  const [salt, digest] = [nonce, hash].map((bytes) => bytes.toString('base64').replaceAll('=', ''))
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${salt}$${digest}`
}

test('a password is hashed with the parameters of OWASP and a salt of its own, and only it verifies', async () => {
  const [first, second] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.notEqual(first, second)
  assert.equal(await verifyPassword(first, 'correct horse'), true)
  for (const wrong of ['correct hors', 'Correct horse', '', 'correct horse ']) {
    assert.equal(await verifyPassword(first, wrong), false)
  }
})

test('a hash made by the reference implementation verifies', async () => {
  // From the test suite of the Argon2 reference implementation (phc-winner-argon2, test.c: version 0x13, argon2id).
  const reference = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
  assert.equal(await verifyPassword(reference, 'password'), true)
  assert.equal(await verifyPassword(reference, 'passwore'), false)
})

test('the same letters typed composed and decomposed are the same password', async () => {
  assert.equal(await verifyPassword(phcOf('Zo\u00eb'), 'Zoe\u0308'), true)
})

test('a format it does not know, or one that asks for too much memory, is false and never an error', async () => {
  const good = phcOf('password')
  const unknown = [
    '',
    'password',
    '$2b$10$abcdefghijklmnopqrstuv',
    good.replace('v=19', 'v=16'),
    good.replace('2id', '2i'),
  ]
  unknown.push(good.replace('m=64', 'm=9999999'), good.replace('t=1', 't=99'), good.replace('p=1', 'p=9'), `${good}$x`)
  unknown.push(good.replace('m=64', 'm=1'), good.replace('t=1', 't=0'), good.replace('p=1', 'p=0'), good.slice(0, -30))
  for (const phc of unknown) assert.equal(await verifyPassword(phc, 'password'), false, phc)
  assert.equal(await verifyPassword(good, 'password'), true)
})

test('an unknown user is always a no, and a password beyond 1024 characters is never hashed', async () => {
  assert.equal(await verifyNothing('password'), false)
  await assert.rejects(hashPassword('x'.repeat(1025)), RangeError)
  assert.equal(await verifyPassword(phcOf('x'.repeat(1025)), 'x'.repeat(1025)), false)
})

test('a hash of other parameters is to be renewed, one of today is not', async () => {
  assert.equal(needsRehash(await hashPassword('password')), false)
  for (const phc of ['', phcOf('password'), phcOf('password', 19_456, 1), phcOf('password', 19_456, 2, 2)]) {
    assert.equal(needsRehash(phc), true, phc)
  }
})

test('a flood of sign-ins is refused with TooBusy before it can fill the memory, and the others are answered', async () => {
  const phc = phcOf('password')
  const verdicts = await Promise.allSettled(Array.from({ length: 200 }, () => verifyPassword(phc, 'password')))
  const refusals = verdicts.filter((verdict) => verdict.status === 'rejected')
  assert.ok(refusals.length > 0)
  assert.ok(refusals.every(({ reason }) => reason instanceof TooBusy))
  assert.ok(verdicts.every((verdict) => verdict.status === 'rejected' || verdict.value))
  assert.equal(await verifyPassword(phc, 'password'), true)
})

test('however many passwords wait, so few are hashed at once that a core and a thread stay free for everything else', async (t) => {
  const waiting: (() => void)[] = []
  let begun = 0
  const held = t.mock.method(crypto, 'argon2', ((
    _name: string,
    options: { tagLength: number },
    done: (error: null, hash: Buffer) => void,
  ) => {
    begun += 1
    waiting.push(() => done(null, Buffer.alloc(options.tagLength)))
  }) as unknown as typeof crypto.argon2)
  syncBuiltinESMExports()
  t.after(() => {
    held.mock.restore()
    syncBuiltinESMExports()
  })
  const hashes = Promise.all(Array.from({ length: 30 }, () => hashPassword('password')))
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4)
  const most = Math.max(1, Math.min(availableParallelism(), threads) - 1)
  let done = 0
  while (done < 30) {
    await stat(import.meta.filename)
    assert.ok(begun - done <= most, `${begun - done} at once`)
    assert.ok(waiting.length > 0, 'the next one begins when one is done')
    waiting.shift()?.()
    done += 1
    await new Promise(setImmediate)
  }
  assert.equal((await hashes).length, 30)
})
