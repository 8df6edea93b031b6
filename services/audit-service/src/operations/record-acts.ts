import { hash } from 'node:crypto'
import { recordActs as contract } from '#contracts/api/audit.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { idTimeMs } from '#libs/ids/ids.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { ensurePartitions } from '#libs/sql/partitions.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { chained } from '../chain.ts'
import { implement, type Own } from '../config.ts'
import { problems } from '../problems.ts'
import { appendLinks, lockHead } from '../store/chain.ts'

type Act = InputOf<typeof contract>['body']['acts'][number]

/** Nothing was audited before, and a clock may be ahead of ours by a day: other ids would ask for partitions that nobody fills. */
const EARLIEST_MS = Date.UTC(2020, 0, 1)
const AHEAD_MS = 86_400_000

/** Adds what a service delivers to the chain, behind whatever was added before; acts that are there already stay as they are. */
export const recordActs = implement(contract, {
  async run({ body }, { tx, clock, caller, own, afterCommit }) {
    const { service } = caller
    invariant(service !== null, 'only services record acts')
    const received_at = clock.wall.now()
    for (const { audit_id } of body.acts)
      if (!isTimely(audit_id, received_at.getTime())) throw new Problem(problems.ACT_ID_WRONG)
    if (body.acts.length === 0) return { recorded: 0 }
    // Before all else: from here on batches go one after the other, so what is known now stays known, and nobody waits in a circle.
    const head = await lockHead(tx)
    const months = await makeMonths(tx, body.acts, own)
    afterCommit(() => {
      for (const month of months) own.months.add(month)
    })
    const fresh = await unknownOf(tx, body.acts)
    const acts = fresh.map(({ occurred_at, ...act }) => ({
      ...act,
      auth_method: act.auth_method ?? null,
      service,
      occurred_at_us: BigInt(new Date(occurred_at).getTime()) * 1000n,
      received_at_us: BigInt(received_at.getTime()) * 1000n,
      change_sha256: act.change_encrypted === null ? null : hash('sha256', act.change_encrypted),
    }))
    const links = chained(head, acts).map((link, i) => ({
      ...link,
      change_encrypted: fresh[i]?.change_encrypted ?? null,
    }))
    await appendLinks(tx, links)
    return { recorded: links.length }
  },
})

function isTimely(audit_id: string, now_ms: number): boolean {
  const at_ms = idTimeMs(audit_id)
  return audit_id[14] === '7' && at_ms >= EARLIEST_MS && at_ms <= now_ms + AHEAD_MS
}

/** Makes the partitions that these acts need and that are not known to stand; returns their months. */
async function makeMonths(tx: Tx, acts: readonly Act[], own: Own): Promise<string[]> {
  const all = new Set(acts.map((act) => new Date(idTimeMs(act.audit_id)).toISOString().slice(0, 7)))
  const missing = [...all].filter((month) => !own.months.has(month))
  for (const month of missing) await ensurePartitions(tx, 'audit_trail', new Date(`${month}-01T00:00:00Z`), 0)
  return missing
}

/** The acts that the trail does not have yet, each once, in the order of their ids. */
async function unknownOf(tx: Tx, acts: readonly Act[]): Promise<Act[]> {
  const byId = new Map(acts.map((act) => [act.audit_id, act]))
  const ids = [...byId.keys()].sort()
  const known = await tx<{ audit_id: string }[]>`
    select audit_id from audit_trail where audit_id = any(${textArray(ids)}::uuid[])
      and audit_id between ${ids[0] as string} and ${ids.at(-1) as string}`
  for (const { audit_id } of known) byId.delete(audit_id)
  return ids.flatMap((id) => byId.get(id) ?? [])
}
