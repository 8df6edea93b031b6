import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Type } from 'typebox'
import type { Caller } from '#libs/contract/client.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { PositiveCents } from '#libs/contract/schema.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aService, confirming } from '#libs/testing/callers.ts'
import { service } from '#libs/testing/jar-service.ts'
import { outcomesOf } from '#libs/testing/jars.ts'
import { aKey, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { operationsFor } from './implement.ts'
import { forgetUsedProofs, proofOf, stepUpDigest } from './step-up.ts'

const { implement } = operationsFor<Record<string, never>>()

/** An operation of the test's own, which somebody must confirm. */
const breakJar = operationsOf('jar-service')({
  id: 'breakJar',
  method: 'POST',
  path: '/jars/:jar/breaking',
  summary: 'Breaks a jar for good',
  access: { roles: ['customer'], services: ['kitchen-service'] },
  params: Type.Object({ jar: Type.String() }),
  body: Type.Object({ worth_cents: PositiveCents }),
  reply: Type.Object({ jar_id: Type.String() }),
  idempotency: 'accepted',
  stepUp: true,
})
const input = { params: { jar: 'plums' }, body: { worth_cents: 250n } }

async function openBreaking(
  t: Parameters<typeof openServiceTest>[0],
  profile: 'production' | 'sandbox' = 'production',
) {
  const breaking = implement(breakJar, {
    async run({ params, body }, { tx, caller }) {
      const jar_id = newId()
      const jar = { jar_id, customer_id: caller.customer_id ?? newId(), label: params.jar, sweets: 1, ...body }
      await tx`insert into jars ${tx(jar)}`
      return { jar_id }
    },
  })
  return openServiceTest(t, { ...service, operations: [...service.operations, breaking] }, { profile })
}

async function refusalOf(call: Promise<unknown>): Promise<Problem> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Problem, `expected a refusal, got ${String(error)}`)
  return error
}

async function jarsIn(jars: ServiceTest): Promise<number> {
  const [row] = await jars.sql<{ n: number }[]>`select count(*)::int as n from jars`
  return (row as { n: number }).n
}

describe('an operation that must be confirmed', () => {
  test('RFC 9470: is refused without a proof, in words that a client can act on, and leaves key and jars untouched', async (t) => {
    const jars = await openBreaking(t)
    const [ann, key] = [aCustomer(), aKey()]
    const refused = await refusalOf(jars.call(breakJar, input, ann, { key }))
    assert.equal(refused.kind.code, 'STEP_UP_REQUIRED')
    assert.equal(refused.kind.status, 401)
    assert.match(
      refused.options.headers?.['www-authenticate'] ?? '',
      /error="insufficient_user_authentication".*acr_values="3"/,
    )
    assert.deepEqual(refused.options.extra, { operation: 'breakJar', acr_values: '3', step_up: '/api/v1/auth/step-up' })
    assert.equal(await jarsIn(jars), 0)
    assert.deepEqual(await outcomesOf(jars, 'breakJar'), ['STEP_UP_REQUIRED'])
    const done = await jars.call(breakJar, input, confirming(ann, breakJar, input), { key })
    const again = await jars.call(breakJar, input, ann, { key })
    assert.deepEqual(again.reply, done.reply, 'a repeated key needs no second proof')
    assert.equal(await jarsIn(jars), 1)
  })

  test('PSD2 RTS art. 5: a proof for another amount, object or operation confirms nothing', async (t) => {
    const jars = await openBreaking(t)
    const ann = aCustomer()
    const others: Caller[] = [
      confirming(ann, breakJar, { ...input, body: { worth_cents: 251n } }),
      confirming(ann, breakJar, { ...input, params: { jar: 'pears' } }),
      confirming(ann, { id: 'mendJar' }, input),
    ]
    for (const caller of others)
      assert.equal((await refusalOf(jars.call(breakJar, input, caller))).kind.code, 'STEP_UP_REQUIRED')
    assert.equal(await jarsIn(jars), 0)
  })

  test('a proof that is over confirms nothing', async (t) => {
    const jars = await openBreaking(t)
    const ann = confirming(aCustomer(), breakJar, input)
    jars.clock.advance(301_000)
    assert.equal((await refusalOf(jars.call(breakJar, input, ann))).kind.code, 'STEP_UP_REQUIRED')
  })

  test('a proof confirms one act: of eight at once one is done, a hundred times', async (t) => {
    const jars = await openBreaking(t)
    for (let round = 1; round <= 100; round++) {
      const ann = confirming(aCustomer(), breakJar, input)
      const calls = Array.from({ length: 8 }, (_, i) =>
        jars.call(breakJar, input, ann, i % 2 === 0 ? {} : { key: aKey() }),
      )
      const settled = await Promise.allSettled(calls)
      assert.equal(settled.filter((one) => one.status === 'fulfilled').length, 1, `round ${round}`)
      for (const one of settled)
        if (one.status === 'rejected') assert.equal((one.reason as Problem).kind.code, 'STEP_UP_REQUIRED')
    }
    assert.equal(await jarsIn(jars), 100)
  })

  test('is not refused in a sandbox, nor to a service, which answers for itself', async (t) => {
    const sandbox = await openBreaking(t, 'sandbox')
    await sandbox.call(breakJar, input, aCustomer())
    const jars = await openBreaking(t)
    await jars.call(breakJar, input, aService('kitchen-service', aCustomer()))
    assert.equal(await jarsIn(jars), 1)
  })

  test('used proofs are forgotten when they are long over, and not before', async (t) => {
    const jars = await openBreaking(t)
    await jars.call(breakJar, input, confirming(aCustomer(), breakJar, input))
    assert.equal(await forgetUsedProofs(jars.sql, jars.clock.wall.now()), 0)
    assert.equal(await forgetUsedProofs(jars.sql, new Date(jars.clock.wall.now().getTime() + 3_601_000)), 1)
  })
})

describe('a proof', () => {
  const ann = { sub: newId(), session_id: newId() }
  const claims = { iss: 'i', aud: 'a', iat: 1, exp: 9, sub: ann.sub, sid: ann.session_id, jti: newId() }
  const whole = { ...claims, digest: 'd', amr: ['pwd', 'otp'], acr: '3' }

  test('is the one of its user and its session', () => {
    assert.deepEqual(proofOf(whole, ann), { proof_id: claims.jti, digest: 'd', amr: ['pwd', 'otp'], exp: 9 })
    for (const wrong of [{ sub: newId() }, { sid: newId() }, { sid: null }, { acr: '2' }, { jti: 'x' }, { digest: 1 }])
      assert.equal(proofOf({ ...whole, ...wrong }, ann), null, JSON.stringify(wrong))
    assert.equal(proofOf({ ...whole, sub: null, sid: null }, { sub: null, session_id: null }), null)
  })

  test('is linked to what is done, whatever the order of its members and the type of its amount', () => {
    const digest = stepUpDigest('pay', { params: {}, body: { amount_cents: 250n, to: 'x' } })
    assert.equal(stepUpDigest('pay', { params: {}, body: { to: 'x', amount_cents: 250 } }), digest)
    assert.notEqual(stepUpDigest('pay', { params: {}, body: { to: 'x', amount_cents: 251 } }), digest)
    assert.match(digest, /^[A-Za-z0-9_-]{43}$/)
  })
})
