import { getAuditedAct as contract } from '#contracts/api/audit.ts'
import { SealBroken } from '#libs/crypto/envelope.ts'
import { type Change, placeOfChange } from '#libs/http/audit.ts'
import { decode, encode } from '#libs/json/json.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead, type Own } from '../config.ts'
import { problems } from '../problems.ts'
import { actOf, findAct } from '../store/trail.ts'

/** One act with what it changed. */
export const getAuditedAct = implementRead(contract, {
  async read({ params: { audit_id } }, { sql, own }) {
    const row = await findAct(sql, audit_id)
    if (row === undefined) throw new Problem(problems.ACT_NOT_FOUND)
    const { change_encrypted, ...act } = row
    const received_at = act.received_at.toISOString()
    return { ...actOf(act), received_at, ...opened(audit_id, change_encrypted, own) }
  },
})

function opened(audit_id: string, sealed: string | null, { changes }: Own) {
  if (sealed === null) return { before: null, after: null }
  try {
    const { before, after } = decode(changes.open(sealed, placeOfChange(audit_id))) as Change
    return { before: textOf(before), after: textOf(after) }
  } catch (error) {
    if (error instanceof SealBroken) throw new Problem(problems.CHANGE_UNREADABLE)
    throw error
  }
}

function textOf(state: unknown): string | null {
  return state === null || state === undefined ? null : encode(state)
}
