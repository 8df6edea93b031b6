import { hash } from 'node:crypto'
import type { ServiceDefinition } from '#libs/service/service.ts'
import type { Sql } from '#libs/sql/database.ts'
import type { Wish } from './clients.ts'
import { type Invariants, outboxFaults, rowsDigest } from './invariants.ts'
import { ledgerInvariants } from './ledger-invariants.ts'
import { requireNone } from './violation.ts'

const TRANSACTIONS = 'transaction-service'

/** The invariants of all services of a transfer: those of the ledger, of each outbox, and of what spans their databases. */
export function bankInvariants(services: readonly ServiceDefinition[], sqlOf: (service: string) => Sql): Invariants {
  const ledger = ledgerInvariants(sqlOf('ledger-service'))
  const names = new Set(services.map(({ name }) => name))
  const others = services.filter(({ name }) => name !== 'ledger-service')
  return {
    checkNews: () => ledger.checkNews(),
    async checkAll() {
      await ledger.checkAll()
      for (const { name } of others)
        requireNone(`events of ${name} have dense positions`, await outboxFaults(sqlOf(name)))
      requireNone('each transaction is what its events say, and ends once', await streamFaults(sqlOf(TRANSACTIONS)))
      requireNone('no transaction is booked twice', await doubledBookings(sqlOf('ledger-service')))
      requireNone('nobody is told of one thing twice', await doubledNotices(sqlOf('notification-service')))
    },
    checkHeard: (wish) => checkHeard(sqlOf(TRANSACTIONS), wish),
    async leftUndone() {
      const undone = [...(await ledger.leftUndone()), ...(await unsettled(sqlOf(TRANSACTIONS)))]
      for (const service of services) undone.push(...(await unheard(service, names, sqlOf)))
      return undone
    },
    async checkRest() {
      requireNone('no event was set aside', await parked(services, sqlOf))
      await checkBooked(sqlOf(TRANSACTIONS), sqlOf('ledger-service'))
      await checkNotices(sqlOf(TRANSACTIONS), sqlOf('notification-service'))
    },
    async digest() {
      const digests = await Promise.all(services.map(({ name }) => rowsDigest(sqlOf(name))))
      return hash('sha256', digests.join()).slice(0, 16)
    },
  }
}

function streamFaults(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select 'ended twice' as fault, transaction_id from transaction_events
    where event_type in ('transaction.completed', 'transaction.failed', 'transaction.cancelled')
    group by transaction_id having count(*) > 1
    union all
    select 'not what its events say', transaction_id from transactions t
    left join lateral (
      select count(*) as events, max(sequence) as last, (array_agg(status order by sequence desc))[1] as status
      from transaction_events e where e.transaction_id = t.transaction_id) stream on true
    where (t.event_count, t.event_count, t.status) is distinct from (stream.events, stream.last, stream.status)
    union all
    select 'its end is not told once', e.transaction_id from (
      select transaction_id, event_type, count(*) as events from transaction_events
      where event_type in ('transaction.completed', 'transaction.failed', 'transaction.cancelled', 'transaction.reversed')
      group by transaction_id, event_type) e
    left join lateral (
      select count(*) as events from outbox_events o where o.type = e.event_type and o.subject = e.transaction_id::text) told on true
    where e.events <> told.events`
}

function doubledBookings(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select transaction_id, count(*) from journal_transactions where source = ${TRANSACTIONS}
    group by transaction_id having count(*) > 1`
}

function doubledNotices(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select user_id, subject_id, template_id, count(*) from notifications
    where subject_id is not null and category = 'TRANSACTIONS'
    group by user_id, subject_id, template_id having count(*) > 1`
}

async function checkHeard(sql: Sql, { name, outcome }: Wish): Promise<void> {
  const { transaction_id } = (outcome?.reply ?? {}) as { transaction_id?: string }
  if (transaction_id === undefined) return
  const [there] = await sql`select 1 from transactions where transaction_id = ${transaction_id}`
  requireNone('what a client heard of is written down', there === undefined ? [{ name, outcome }] : [])
}

function unsettled(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select 'a transaction on its way' as what, transaction_id, stage from transactions
    where stage not in ('AWAITING_APPROVAL', 'COMPLETED', 'FAILED', 'CANCELLED', 'REVERSED')`
}

/** Events that a service reacts to and has not come to yet, and its own that have no position. */
async function unheard(
  { name, reactions }: ServiceDefinition,
  names: ReadonlySet<string>,
  sqlOf: (service: string) => Sql,
): Promise<unknown[]> {
  const waiting: unknown[] = [
    ...(await sqlOf(name)`select ${name}::text as service, id from outbox where position is null`),
  ]
  for (const [producer, some] of Map.groupBy(reactions, ({ event }) => event.source)) {
    if (!names.has(producer)) continue
    const [read] = await sqlOf(name)<
      { position: bigint }[]
    >`select position from subscriptions where producer = ${producer}`
    const types = some.map(({ event }) => event.type)
    const inbox = await sqlOf(name)<
      { event_id: string }[]
    >`select event_id from event_inbox where producer = ${producer}`
    const handled = new Set(inbox.map(({ event_id }) => event_id))
    const later = await sqlOf(producer)<{ id: string }[]>`
      select ${name}::text as service, id, type, position from outbox_events
      where type = any(${types}::text[]) and position > ${String(read?.position ?? 0n)}::text::bigint`
    waiting.push(...later.filter(({ id }) => !handled.has(id)))
  }
  return waiting
}

async function parked(services: readonly ServiceDefinition[], sqlOf: (service: string) => Sql): Promise<unknown[]> {
  const found: unknown[] = []
  for (const { name } of services)
    found.push(
      ...(await sqlOf(name)`select ${name}::text as service, type, error from dead_letters where resolved_at is null`),
    )
  return found
}

interface Ended {
  transaction_id: string
  stage: string
  amount_cents: bigint
}

/** What was completed is booked once, what was not is not, and no hold of either is left. */
async function checkBooked(transactions: Sql, ledger: Sql): Promise<void> {
  const ended = await transactions<Ended[]>`select transaction_id, stage, amount_cents from transactions`
  const booked = await ledger<{ transaction_id: string; amount_cents: bigint }[]>`
    select transaction_id, amounts_cents[1] as amount_cents from journal_transactions where source = ${TRANSACTIONS}`
  const bookings = Map.groupBy(booked, ({ transaction_id }) => transaction_id)
  const wrong = ended.filter(({ transaction_id, stage, amount_cents }) => {
    const its = bookings.get(transaction_id) ?? []
    const wanted = stage === 'COMPLETED' || stage === 'REVERSED' ? 1 : 0
    return its.length !== wanted || its.some((booking) => booking.amount_cents !== amount_cents)
  })
  requireNone('what is completed is booked, once, and nothing else', wrong)
  const waiting = ended.filter(({ stage }) => stage === 'AWAITING_APPROVAL').map(({ transaction_id }) => transaction_id)
  requireNone(
    'no hold is left of what has ended',
    await ledger`select hold_id, transaction_id from holds where status = 'ACTIVE' and not transaction_id = any(${waiting}::uuid[])`,
  )
}

/** Both sides of a completed transfer between two customers are told of it. */
async function checkNotices(transactions: Sql, notices: Sql): Promise<void> {
  const completed = await transactions<{ transaction_id: string; event_id: string }[]>`
    select t.transaction_id, e.id as event_id from transactions t
    join outbox_events e on e.subject = t.transaction_id::text and e.type = 'transaction.completed'
    where transaction_type = 'TRANSFER'`
  const ids = completed.map(({ event_id }) => event_id)
  const told = await notices<{ event_id: string; users: number }[]>`
    select event_id, count(*)::int as users from told_events where event_id = any(${ids}::uuid[]) group by event_id`
  const users = new Map(told.map((row) => [row.event_id, row.users]))
  const wrong = completed.filter(({ event_id }) => users.get(event_id) !== 2)
  requireNone('a completed transfer is told to both of its sides, once each', wrong)
}
