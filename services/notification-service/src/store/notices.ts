import type { Clock } from '#libs/clock/clock.ts'
import type { IdMaker } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { invariant } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { TraceContext } from '#libs/telemetry/context.ts'
import type { Own } from '../config.ts'
import type { Notice } from '../domain/notices.ts'
import type { Channel } from '../domain/preferences.ts'
import { type Language, render, type Text } from '../domain/templates.ts'
import { outgoingNotice } from '../jobs/queues.ts'
import type { DeliveryRow, NotificationRow } from '../tables.ts'
import { wishesOf } from './preferences.ts'
import { templatesOf } from './templates.ts'

/** A notice with the event that it comes from. */
export interface Told extends Notice {
  event_id: string
  /** Of the act that is told. */
  trace: TraceContext
  /** When it happened; for history the bank's time, for news the wall's. */
  at: Date
  is_history: boolean
  /** The ways it goes out; the user's wishes unless told. */
  channels?: readonly Channel[]
}

/** What is sealed of a notification; the language is that of its words. */
export interface Content extends Text {
  language: Language
}

interface Context {
  tx: Tx
  own: Own
  clock: Clock
  mintId: IdMaker
}

/** A notification as it is written, with its deliveries. */
export interface Written {
  row: NotificationRow
  deliveries: DeliveryRow[]
  trace: TraceContext
}

/**
 * Tells users: the list, its counts, and the deliveries with their jobs, set-based. Who was told of an event already is not told again.
 * Users' feeds are locked in the order of their ids, before anything else of theirs.
 */
export async function tell(wanted: readonly Told[], context: Context): Promise<Written[]> {
  const news = await claim([...new Map(wanted.map((one) => [`${one.event_id} ${one.user_id}`, one])).values()], context)
  if (news.length === 0) return []
  const { tx, own } = context
  const users = news.map((notice) => notice.user_id)
  const templates = await templatesOf(
    tx,
    news.map((notice) => notice.template_id),
  )
  const wishes = await wishesOf(tx, users)
  const next = await advanceFeeds(tx, news)
  const written = news.map((notice): Written => {
    const { language, categories } = wishes.get(notice.user_id) ?? { language: 'en', categories: [] }
    const template = templates.get(`${notice.template_id} ${language}`)
    invariant(template !== undefined, `there is no template ${notice.template_id} in ${language}`)
    const content: Content = { ...render(template, notice.values, language), language }
    const { category } = template
    const channels = notice.channels ?? categories.find((one) => one.category === category)?.channels ?? []
    const row = rowOf(notice, { content, category, position: next(notice.user_id) }, context)
    return { row, deliveries: deliveriesOf(notice, row, channels, context), trace: notice.trace }
  })
  await insertNotifications(
    tx,
    written.map(({ row }) => row),
  )
  await insertDeliveries(written, context)
  own.live.expect(users)
  return written
}

/** Those who were not told of their event before. */
async function claim(wanted: readonly Told[], { tx, clock }: Context): Promise<Told[]> {
  if (wanted.length === 0) return []
  const rows = await tx<{ event_id: string; user_id: string }[]>`
    insert into told_events (event_id, user_id, told_at)
    select event_id, user_id, ${clock.wall.now()}
    from unnest(${textArray(wanted.map((one) => one.event_id))}::uuid[], ${textArray(wanted.map((one) => one.user_id))}::uuid[])
      as told (event_id, user_id)
    on conflict do nothing returning event_id, user_id`
  const fresh = new Set(rows.map((row) => `${row.event_id} ${row.user_id}`))
  return wanted.filter((one) => fresh.has(`${one.event_id} ${one.user_id}`))
}

/** Moves the feeds on by what each user is told; answers a function that gives a user's positions one after the other. */
async function advanceFeeds(tx: Tx, news: readonly Told[]): Promise<(user_id: string) => bigint> {
  const byUser = [...Map.groupBy(news, (notice) => notice.user_id)].sort(([a], [b]) => (a < b ? -1 : 1))
  const unread = byUser.map(([, notices]) => String(notices.filter((one) => !one.is_history).length))
  const rows = await tx<{ user_id: string; last_position: bigint }[]>`
    insert into user_feeds (user_id, last_position, unread_count)
    select user_id, told, unread
    from unnest(${textArray(byUser.map(([user_id]) => user_id))}::uuid[], ${textArray(byUser.map(([, all]) => String(all.length)))}::bigint[],
      ${textArray(unread)}::int[]) as feed (user_id, told, unread)
    on conflict (user_id) do update
    set last_position = user_feeds.last_position + excluded.last_position, unread_count = user_feeds.unread_count + excluded.unread_count
    returning user_id, last_position`
  const counts = new Map(byUser.map(([user_id, notices]) => [user_id, BigInt(notices.length)]))
  const at = new Map(rows.map((row) => [row.user_id, row.last_position - (counts.get(row.user_id) ?? 0n)]))
  return (user_id) => {
    const position = (at.get(user_id) ?? 0n) + 1n
    at.set(user_id, position)
    return position
  }
}

function rowOf(
  notice: Told,
  made: Pick<NotificationRow, 'category' | 'position'> & { content: Content },
  { own, mintId }: Context,
): NotificationRow {
  const notification_id = mintId()
  const { user_id, template_id, subject_type, subject_id, at, is_history, trace } = notice
  return {
    notification_id,
    user_id,
    position: made.position,
    template_id,
    category: made.category,
    content_encrypted: own.vault.fields.seal(encode(made.content), placeOfContent(notification_id)),
    subject_type,
    subject_id,
    read_at: is_history ? at : null,
    created_at: at,
    correlation_id: trace.correlation_id,
  }
}

/** Where the words of a notification belong, as a part of their seal. */
export function placeOfContent(notification_id: string): string {
  return `notifications.content/${notification_id}`
}

function deliveriesOf(
  { is_history }: Told,
  { notification_id, user_id, template_id }: NotificationRow,
  channels: readonly Channel[],
  { own, mintId, clock }: Context,
): DeliveryRow[] {
  return channels.map((channel) => {
    const reason = is_history ? 'HISTORY' : own.post.canSend(channel) ? null : 'CHANNEL_NOT_CONFIGURED'
    const about = { delivery_id: mintId(), notification_id, user_id, template_id, channel }
    const status = reason === null ? 'PENDING' : 'SUPPRESSED'
    return { ...about, status, reason, created_at: clock.wall.now(), sent_at: null }
  })
}

async function insertNotifications(tx: Tx, rows: readonly NotificationRow[]): Promise<void> {
  const column = (pick: (row: NotificationRow) => string | null): string => textArray(rows.map(pick))
  await tx`
    insert into notifications (notification_id, user_id, position, template_id, category, content_encrypted, subject_type, subject_id,
      read_at, created_at, correlation_id)
    select * from unnest(${column((row) => row.notification_id)}::uuid[], ${column((row) => row.user_id)}::uuid[],
      ${column((row) => row.position.toString())}::bigint[], ${column((row) => row.template_id)}::text[], ${column((row) => row.category)}::text[],
      ${column((row) => row.content_encrypted)}::text[], ${column((row) => row.subject_type)}::text[], ${column((row) => row.subject_id)}::text[],
      ${column((row) => row.read_at?.toISOString() ?? null)}::timestamptz[], ${column((row) => row.created_at.toISOString())}::timestamptz[],
      ${column((row) => row.correlation_id)}::text[])`
}

async function insertDeliveries(written: readonly Written[], { tx, own }: Context): Promise<void> {
  const rows = written.flatMap(({ deliveries }) => deliveries)
  if (rows.length === 0) return
  const column = (pick: (row: DeliveryRow) => string | null): string => textArray(rows.map(pick))
  await tx`
    insert into deliveries (delivery_id, notification_id, user_id, template_id, channel, status, reason, created_at)
    select * from unnest(${column((row) => row.delivery_id)}::uuid[], ${column((row) => row.notification_id)}::uuid[],
      ${column((row) => row.user_id)}::uuid[], ${column((row) => row.template_id)}::text[], ${column((row) => row.channel)}::text[],
      ${column((row) => row.status)}::text[], ${column((row) => row.reason)}::text[], ${column((row) => row.created_at.toISOString())}::timestamptz[])`
  const jobs = written.flatMap(({ deliveries, trace }) =>
    deliveries
      .filter(({ status }) => status === 'PENDING')
      .map(({ delivery_id }) => ({ payload: { delivery_id }, trace })),
  )
  await own.queues.enqueueMany(tx, outgoingNotice, jobs)
}
