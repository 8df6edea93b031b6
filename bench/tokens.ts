import { parseArgs } from 'node:util'
import { signJwt } from '#libs/crypto/jwt.ts'
import { FIRST_PARTY } from '#libs/http/verifier.ts'
import { NOW_S, ORIGIN, openEdge, people } from '#libs/testing/edge-verifier.ts'
import { PASSWORD } from '#platform/testing/api.ts'
import { type BenchBank, startBenchBank } from './bench-bank.ts'
import { cpuUse, machineLine } from './cpu.ts'
import { httpLoad, request } from './http.ts'
import type { LoadResult } from './http-load.ts'
import { quiet } from './quiet.ts'

/** Each is a session of its own, so that none of a case's tokens was seen before. */
const FRESH_TOKENS = 4_000
const HITS = 200_000
const SIGN_INS_AT_ONCE = 4
const SIGN_INS_PER_S = 2
const STEADY_PER_S = 1_000

/** `npm run bench -- tokens`: what verifying a token costs, how fast people sign in, and whether one core bears 1,000 verified requests a second. */
export async function benchTokens(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { seconds: { type: 'string', default: '15' } } })
  const seconds = Number(values.seconds)
  console.log(`${machineLine()} · ${seconds} s a case`)
  console.log('\n| verification, in this process | CPU µs each | a CPU second verifies |\n|---|---:|---:|')
  await verifications()
  const bench = await startBenchBank()
  try {
    console.log(
      '\n| over HTTP, through the gateway | per second | p50 ms | p99 ms | CPU ms/op node | of one core, node |\n|---|---:|---:|---:|---:|---:|',
    )
    await requests(bench, seconds)
  } finally {
    await bench.stop()
  }
}

async function verifications(): Promise<void> {
  const edge = await openEdge()
  const bearer = { scheme: 'Bearer', shown: edge.shown() } as const
  const own = Array.from({ length: FRESH_TOKENS }, (_, i) => firstParty(`session-${i}`))
  await each('people (EdDSA), seen for the first time', own, (token) => edge.verifier.verify(token, bearer))
  const [known = ''] = own.slice(-1)
  const again = new Array<string>(HITS).fill(known)
  await each('people, seen within 30 s', again, (token) => edge.verifier.verify(token, bearer))
  const theirs = Array.from({ length: FRESH_TOKENS }, (_, i) => edge.token({ sid: `consent-${i}` }))
  const [bound = ''] = theirs.slice(-1)
  const proven = async (token: string) => {
    const made_for = { htm: 'GET', htu: `${ORIGIN}/api/v1/accounts`, token, now_s: NOW_S }
    return { token, shown: edge.shown({ dpop: await edge.key.proof(made_for) }) }
  }
  const verify = ({ token, shown }: Awaited<ReturnType<typeof proven>>) =>
    edge.verifier.verify(token, { scheme: 'DPoP', shown })
  await each('third parties (ES256) with a proof, both new', await Promise.all(theirs.map(proven)), verify)
  const proofs = await Promise.all(Array.from({ length: FRESH_TOKENS }, () => proven(bound)))
  await each('third parties, seen within 30 s, with a new proof', proofs, verify)
}

function firstParty(sid: string): string {
  const { issuer, audience, typ } = FIRST_PARTY
  const claims = { iss: issuer, aud: audience, sub: 'u1', customer_id: 'c1', roles: ['customer'], sid, amr: ['pwd'] }
  return signJwt(claims, { key: people, typ, ttl_s: 900, now_s: NOW_S })
}

async function each<Item>(name: string, items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const before = process.cpuUsage()
  for (const item of items) await work(item)
  const { user, system } = process.cpuUsage(before)
  const us = (user + system) / items.length
  console.log(`| ${name} | ${us.toFixed(1)} | ${Math.round(1e6 / us).toLocaleString('en')} |`)
}

async function requests(bench: BenchBank, seconds: number): Promise<void> {
  const { api, port } = bench
  const people = await Promise.all(Array.from({ length: 8 }, () => api.newStranger()))
  const me = people.map(({ token }) => request('GET', '/api/v1/auth/me', { authorization: `Bearer ${token}` }))
  const steady = { port, clients: 64, seconds, requests: me, rate_per_s: STEADY_PER_S, okStatus: 200 }
  await row(bench, `GET /auth/me at ${STEADY_PER_S} a second`, () => httpLoad(steady))
  await row(bench, 'GET /auth/me, 64 clients at once', () =>
    httpLoad({ port, clients: 64, seconds, requests: me, okStatus: 200 }),
  )
  const sign_ins = people.map(({ email }) => request('POST', '/api/v1/auth/login', {}, { email, password: PASSWORD }))
  const calm = { port, clients: 8, seconds, requests: sign_ins, rate_per_s: SIGN_INS_PER_S, okStatus: 200 }
  await row(bench, `sign-ins at ${SIGN_INS_PER_S} a second`, () => httpLoad(calm))
  await row(bench, `sign-ins, ${SIGN_INS_AT_ONCE} at once`, () =>
    httpLoad({ port, clients: SIGN_INS_AT_ONCE, seconds, requests: sign_ins, okStatus: 200 }),
  )
}

async function row({ bank, server }: BenchBank, name: string, work: () => Promise<LoadResult>): Promise<void> {
  await quiet(bank)
  const before = cpuUse(server.pid())
  const { done, seconds, p50_ms, p99_ms } = await work()
  const node_s = cpuUse(server.pid()).node_s - before.node_s
  const share = `${Math.round((100 * node_s) / seconds)} %`
  console.log(
    `| ${name} | ${(done / seconds).toFixed(0)} | ${p50_ms.toFixed(1)} | ${p99_ms.toFixed(1)} | ${((node_s * 1000) / done).toFixed(3)} | ${share} |`,
  )
}
