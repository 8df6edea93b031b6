import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { type KeyProvider, localKeyProvider } from '#libs/crypto/key-provider.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { recompute } from '#services/ledger-service/src/store/recompute.ts'
import { serviceNames } from '../catalogue.ts'
import { migrateAll } from '../databases.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { seedSandbox } from '../sandbox.ts'
import { PASSWORD } from '../testing/api.ts'
import type { BackUp } from './back-up.ts'
import { markReconciled, type Reconciliation, reconcile } from './reconcile.ts'
import { type Restored, restoreServer } from './restore.ts'
import { destroy, homesIn, newServers, SERVERS, type ServerName, TwoServers } from './testing/two-servers.ts'
import { beyondTheEnd, sideBySide } from './testing/two-servers-books.ts'
import {
  type Customers,
  type Life,
  liveThroughTheSecond,
  newCustomers,
  type Payer,
  pay,
} from './testing/two-servers-life.ts'

const BOUND = { timeout: 900_000 }
const AN_HOUR_MS = 3_600_000
describe('several servers restored to one second', BOUND, () => {
  let folder: string
  let keys: KeyProvider
  let servers: TwoServers | undefined
  let bank: Awaited<ReturnType<TwoServers['openBank']>> | undefined
  let customers: Customers
  let life: Life
  const backUps = new Map<ServerName, BackUp>()

  const archives = (): Record<ServerName, string> => homesIn(folder, 'archive')
  const live = () => {
    assert.ok(servers !== undefined && bank !== undefined)
    return { servers, api: bank.api, sqlOf: servers.sqlOf }
  }

  before(async () => {
    folder = await makeTemporaryHome('bf-several-')
    keys = localKeyProvider({ file: join(folder, 'master.key'), create: true })
    const homes = homesIn(folder, 'first')
    servers = await newServers(homes, archives(), keys)
    await migrateAll(servers.one('ledger'), keys, ['ledger-service'], () => {})
    const rest = serviceNames.filter((name) => name !== 'ledger-service')
    await migrateAll(servers.one('rest'), keys, rest, () => {})
    bank = await servers.openBank()
    await seedSandbox(bank.bank, () => {})
    customers = await newCustomers(bank.api)
    for (const name of SERVERS) {
      const into = join(folder, `back-ups-${name}`)
      mkdirSync(into)
      backUps.set(name, await servers.takeBackUp(name, into))
    }
    life = await liveThroughTheSecond(bank.api, customers)
    await servers.archived()
    await close()
    destroy(homes)
  }, BOUND)
  after(async () => {
    await close().catch(() => {})
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })

  const close = async (): Promise<void> => {
    await bank?.stop()
    bank = undefined
    await servers?.stop()
    servers = undefined
  }

  /** Servers that nobody has used yet, the ledger's restored to the second, or some seconds beside it; and the bank on them. */
  async function restore(t: TestContext, word: string, ledger: keyof Life['moments'] = 'second') {
    await close()
    const homes = homesIn(folder, word)
    const restored = await Promise.all(
      SERVERS.map((name) => restoreOne(name, homes[name], life.moments[name === 'ledger' ? ledger : 'second'])),
    )
    servers = await TwoServers.start(homes, keys)
    t.after(async () => {
      await close()
      destroy(homes)
    })
    bank = await servers.openBank()
    return { homes, restored }
  }

  function restoreOne(name: ServerName, home: string, to: Date): Promise<Restored> {
    const backUp = backUps.get(name)?.folder as string
    return restoreServer({ backUp, archive: archives()[name], to, home, log: () => {} })
  }

  const compare = (): Promise<Reconciliation> =>
    reconcile({
      sqlOf: live().sqlOf,
      services: serviceNames,
      since: new Date(life.moments.second.getTime() - AN_HOUR_MS),
    })

  const epochs = (): Promise<number[]> =>
    Promise.all(
      serviceNames.map(async (service) => {
        const [row] = await live().sqlOf(service)<{ epoch: number }[]>`select epoch from outbox_state`
        return row?.epoch ?? 0
      }),
    )

  async function isUnready(): Promise<void> {
    const refused = await eventually(async () => {
      const answer = await live().api.get('/ready')
      // Pools that were opened just now may need more than a probe's second on a busy machine.
      return JSON.stringify(answer.body).includes('does not answer') ? false : answer
    })
    assert.equal(refused.status, 503)
    assert.match(JSON.stringify(refused.body), /npm run reconcile/)
  }

  /** People have decided, or had nothing to decide: the bank gets ready and ends what was under way. */
  async function getReady(): Promise<void> {
    await markReconciled({ sqlOf: live().sqlOf, services: serviceNames })
    await eventually(async () => (await live().api.get('/ready')).status === 200, 60_000)
  }

  /** What was under way has ended and nothing is held, but for what waits for people; the books are whole. */
  async function hasSettled(waiting: readonly string[] = []): Promise<void> {
    const { sqlOf, api } = live()
    await eventually(async () => {
      const { unended, held, unposted } = await sideBySide(sqlOf)
      assert.deepEqual(unended, waiting.toSorted())
      assert.deepEqual(
        held.filter((id) => !unposted.includes(id)),
        waiting.toSorted(),
      )
    }, 60_000)
    const ledger = sqlOf('ledger-service')
    assert.deepEqual(await ledger.begin('isolation level repeatable read', (tx) => recompute(tx)), [])
    const auditor = await api.signIn('auditor')
    const begun = await api.expect(201, api.post('/ledger/verification', {}, { token: auditor }))
    const verified = await eventually(async () => {
      const { body } = await api.get(`/ledger/verification/${begun.body.verification_id}`, { token: auditor })
      return body.status === 'RUNNING' ? false : body.status
    }, 60_000)
    assert.equal(verified, 'INTACT')
    const trial = await api.expect(200, api.get('/ledger/reports/trial-balance', { token: auditor }))
    for (const { currency, is_balanced } of trial.body.currencies) assert.equal(is_balanced, true, currency)
  }

  /** Events reach those who follow them: a new transfer completes, and everybody who hears of it stands in the epoch, no further than its end. */
  async function goesOn(epoch: number): Promise<void> {
    const { sqlOf, api } = live()
    const { payers, payee } = customers
    const [payer] = payers as [Payer]
    const token = await api.signIn(payer.email, PASSWORD)
    const transaction_id = await pay(api, { ...payer, token }, { to: payee })
    assert.equal((await api.ended(token, transaction_id, 60_000)).status, 'COMPLETED')
    const heard = [
      ['account-service', 'ledger-service'],
      ['fraud-service', 'transaction-service'],
      ['transaction-service', 'fraud-service'],
      ['notification-service', 'transaction-service'],
    ] as const
    await eventually(async () => {
      for (const [follower, producer] of heard) {
        const [at] = await sqlOf(follower)<{ epoch: number }[]>`
          select epoch from subscriptions where producer = ${producer}`
        assert.equal(at?.epoch, epoch, `${follower} with ${producer}`)
      }
    }, 60_000)
    assert.deepEqual(await beyondTheEnd(sqlOf, serviceNames), [])
  }

  const toldBy = ({ open }: Reconciliation, check: RegExp): string[] =>
    open
      .filter((finding) => check.test(finding.check))
      .flatMap(({ examples }) => examples)
      .toSorted()

  const LOST = /a completed transfer has no posting/
  const UNKNOWN = /a posting of a transfer has no transfer/

  test(
    'to the same second: one epoch, not ready before they were compared, and all that was confirmed until then ends once',
    BOUND,
    async (t) => {
      const { restored } = await restore(t, 'same')
      await isUnready()
      const found = await compare()
      assert.deepEqual(found.open, [])
      assert.equal(found.epoch, Math.max(...restored.map(({ epoch }) => epoch)))
      assert.deepEqual(new Set(await epochs()), new Set([found.epoch]))
      await isUnready()
      await getReady()

      const waiting = [life.judgedLater.allowed, life.judgedLater.rejected]
      await hasSettled(waiting)
      const { unposted, unknown, doubled } = await sideBySide(live().sqlOf)
      assert.deepEqual({ unposted, unknown, doubled }, { unposted: [], unknown: [], doubled: [] })
      const kept = life.confirmed.filter(({ at }) => at <= life.moments.second)
      const rows = await live().sqlOf('transaction-service')<{ id: string; stage: string }[]>`
      select transaction_id as id, stage from transactions`
      const stages = new Map(rows.map(({ id, stage }) => [id, stage]))
      const ends = kept.map(({ transaction_id }) => stages.get(transaction_id))
      assert.ok(
        ends.every((stage) => stage === 'COMPLETED' || stage === 'FAILED'),
        String(ends),
      )
      // What waited for the fraud check had waited too long when the bank was back.
      assert.ok(ends.filter((stage) => stage === 'FAILED').length < kept.length / 2, String(ends))
      assert.ok(kept.length > 20 && life.confirmed.length > kept.length + 10)
      await goesOn(found.epoch)
      t.diagnostic(`${kept.length} of ${life.confirmed.length} transfers had been confirmed until that second`)
    },
  )

  test(
    'one of them once more, from the same back-up, while the other goes on: nothing new is taken for what was handled',
    BOUND,
    async (t) => {
      const { homes } = await restore(t, 'again')
      const first = await compare()
      await getReady()
      await hasSettled([life.judgedLater.allowed, life.judgedLater.rejected])
      for (let i = 0; i < 10; i++) await goesOn(first.epoch)
      await close()
      rmSync(homes.ledger, { recursive: true })
      const { epoch } = await restoreOne('ledger', homes.ledger, life.moments.second)
      assert.ok(epoch > first.epoch)
      servers = await TwoServers.start(homes, keys)
      bank = await servers.openBank()
      await isUnready()
      const found = await compare()
      assert.deepEqual(new Set(await epochs()), new Set([found.epoch]))
      assert.ok(toldBy(found, LOST).length >= 10)
      assert.match(JSON.stringify(found.settled), /ledger-service: account-service had handled \d+ events more/)
      await getReady()
      await goesOn(found.epoch)
    },
  )

  test(
    'the ledger earlier than the rest: what it lost is told, the bank stays unready, and everything else ends',
    BOUND,
    async (t) => {
      await restore(t, 'earlier', 'earlier')
      await isUnready()
      const { sqlOf } = live()
      const before = await sideBySide(sqlOf)
      assert.ok(before.unposted.length > 0)
      const found = await compare()
      assert.deepEqual(toldBy(found, LOST), before.unposted)
      assert.deepEqual(
        found.open.map(({ check }) => check).filter((check) => !LOST.test(check)),
        [],
      )
      const again = await compare()
      assert.deepEqual(toldBy(again, LOST), before.unposted)
      assert.equal(again.epoch, found.epoch)
      await isUnready()

      await getReady()
      await hasSettled([life.judgedLater.allowed, life.judgedLater.rejected])
      const { unposted, unknown, doubled } = await sideBySide(sqlOf)
      assert.deepEqual({ unposted, unknown, doubled }, { unposted: before.unposted, unknown: [], doubled: [] })
      await goesOn(found.epoch)
      t.diagnostic(`${before.unposted.length} completed transfers had lost their posting, and each was told`)
    },
  )

  test(
    'the ledger later than the rest: what it booked for known transfers is theirs, what nobody knows is told, and no hold stays',
    BOUND,
    async (t) => {
      await restore(t, 'later', 'later')
      await isUnready()
      const { sqlOf } = live()
      const before = await sideBySide(sqlOf)
      const known = before.unknown.filter((id) => before.unended.includes(id))
      assert.ok(known.includes(life.judgedLater.allowed))
      const lost = before.unknown.filter((id) => !known.includes(id))
      assert.ok(lost.length > 0)
      const found = await compare()
      assert.deepEqual(toldBy(found, UNKNOWN), lost)
      assert.deepEqual(
        found.open.map(({ check }) => check).filter((check) => !UNKNOWN.test(check)),
        [],
      )
      assert.deepEqual(toldBy(await compare(), UNKNOWN), lost)
      await isUnready()

      await getReady()
      await eventually(async () => {
        const rows = await sqlOf('transaction-service')`
        select from transactions where stage = 'COMPLETED' and ledger_transaction_id is not null
          and transaction_id = any(${known}::uuid[])`
        assert.equal(rows.length, known.length)
      }, 60_000)
      await officerRejects(life.judgedLater.rejected)
      await hasSettled()
      const { unposted, unknown, doubled } = await sideBySide(sqlOf)
      assert.deepEqual({ unposted, unknown, doubled }, { unposted: [], unknown: lost, doubled: [] })
      await goesOn(found.epoch)
      t.diagnostic(
        `${known.length} transfers went on from their posting; ${lost.length} postings of lost transfers, and each was told`,
      )
    },
  )

  /** The ledger had given its money back already. */
  async function officerRejects(transaction_id: string): Promise<void> {
    const { api } = live()
    const token = await api.signIn('officer')
    await api.expect(202, api.post(`/transactions/${transaction_id}/reject`, { reason: 'once more' }, { token }))
  }
})
