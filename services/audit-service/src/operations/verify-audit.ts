import { verifyAudit as contract } from '#contracts/api/audit.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { type Break, breakOf, GENESIS } from '../chain.ts'
import { implementRead } from '../config.ts'
import { linksAfter, readHead } from '../store/chain.ts'
import type { Head, LinkRow } from '../tables.ts'

const LINKS_AT_ONCE = 2_000
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

const NOTHING: Verdict = { checked: 0, first_sequence: null, last_sequence: null, head_hash: null, broken: null }

type Verdict = Pick<ReplyOf<typeof contract>, 'checked' | 'first_sequence' | 'last_sequence' | 'head_hash' | 'broken'>

/** Computes the chain anew, up to where it stood when the question came, or up to `up_to_sequence`; stops at the first act that does not fit. */
export const verifyAudit = implementRead(contract, {
  async read({ query: { after_sequence = 0, up_to_sequence } }, { sql, clock }) {
    const head = await readHead(sql)
    // Whoever goes on behind an act that he verified before has seen it: a trail that ends sooner was cut off.
    if (BigInt(after_sequence) > head.sequence) {
      const broken = brokenAt(head.sequence + 1n, null, 'MISSING')
      return { ...NOTHING, broken, is_intact: false, verified_at: clock.wall.now().toISOString() }
    }
    const up_to = up_to_sequence === undefined ? head.sequence : BigInt(up_to_sequence)
    const verdict = await verify(sql, BigInt(after_sequence), up_to < head.sequence ? up_to : head.sequence)
    const broken = verdict.broken ?? (up_to < head.sequence ? null : await brokenEnd(sql, head, verdict))
    return { ...verdict, broken, is_intact: broken === null, verified_at: clock.wall.now().toISOString() }
  },
})

async function verify(sql: Queryable, after: bigint, up_to: bigint): Promise<Verdict> {
  const verdict: Verdict = { ...NOTHING }
  if (after >= up_to) return verdict
  const start = await headAt(sql, after)
  if (start === undefined) return { ...verdict, broken: brokenAt(after, null, 'MISSING') }
  let last: Head = start
  let place = { sequence: after, audit_id: LAST_ID }
  while (last.sequence < up_to) {
    const links = await linksAfter(sql, place, LINKS_AT_ONCE)
    for (const link of links) {
      if (link.sequence > up_to) break
      const what = breakOf(last, link)
      if (what !== null) return { ...verdict, broken: whereBroken(last, link, what) }
      last = link
      verdict.checked += 1
      verdict.first_sequence ??= Number(link.sequence)
      verdict.last_sequence = Number(link.sequence)
      verdict.head_hash = link.hash
    }
    const end = links.at(-1)
    if (end === undefined || end.sequence > up_to) break
    place = end
  }
  return last.sequence < up_to ? { ...verdict, broken: brokenAt(last.sequence + 1n, null, 'MISSING') } : verdict
}

/** The place to begin behind: the act of that sequence, whose own hash is taken as it is. */
async function headAt(sql: Queryable, sequence: bigint): Promise<Head | undefined> {
  if (sequence === 0n) return GENESIS
  const [link] = await linksAfter(sql, { sequence: sequence - 1n, audit_id: LAST_ID }, 1)
  return link?.sequence === sequence ? link : undefined
}

/** Whether the end of the trail is the head that was written down: the last act has its hash, and none stands behind it. */
async function brokenEnd(sql: Queryable, head: Head, verdict: Verdict): Promise<Verdict['broken']> {
  if (verdict.last_sequence === Number(head.sequence) && verdict.head_hash !== head.hash)
    return brokenAt(head.sequence, null, 'CHANGED')
  // One statement, so that what is added meanwhile comes with its head.
  const [behind] = await sql<{ sequence: bigint; audit_id: string }[]>`
    select sequence, audit_id from audit_trail where (sequence, audit_id) > ((select sequence from audit_chain), ${LAST_ID}::uuid)
    order by sequence, audit_id limit 1`
  return behind === undefined ? null : brokenAt(behind.sequence, behind.audit_id, 'OUT_OF_ORDER')
}

/** A gap is named by the sequence that is not there, anything else by the act that stands there. */
function whereBroken(last: Head, link: LinkRow, what: Break): Verdict['broken'] {
  return what === 'MISSING' ? brokenAt(last.sequence + 1n, null, what) : brokenAt(link.sequence, link.audit_id, what)
}

function brokenAt(sequence: bigint, audit_id: string | null, what: Break): NonNullable<Verdict['broken']> {
  return { sequence: Number(sequence), audit_id, what }
}
