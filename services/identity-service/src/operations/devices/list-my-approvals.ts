import * as api from '#contracts/api/identity-devices.ts'
import { implementRead } from '../../config.ts'
import { shownOf } from '../../store/challenges.ts'
import { deviceOf } from '../../store/devices.ts'
import type { ChallengeRow } from '../../tables.ts'

/**
 * What the user's telephones were asked and nobody answered yet, oldest first. The number to type is never among it: the other screen shows it. Only a
 * device that holds a key hears of it: a sign-in's challenge is answered by whoever knows its id, and a stolen session must not wait for it.
 */
export const listMyApprovals = implementRead(api.listMyApprovals, {
  async read(_input, { sql, own, clock, caller }) {
    const device = await deviceOf(sql, own.vault, caller)
    if (device === undefined || device.public_jwk === null) return { items: [] }
    const rows = await sql<ChallengeRow[]>`
      select * from challenges
      where user_id = ${caller.sub} and state = 'OPEN' and pushed_at is not null and expires_at > ${clock.wall.now()}
      order by pushed_at, challenge_id`
    const items = rows.map((row) => {
      const { text, ...details } = shownOf(own, row) ?? { text: null }
      return {
        challenge_id: row.challenge_id,
        purpose: row.purpose,
        shown: text === null ? null : { text, details },
        digest: row.digest,
        asked_at: (row.pushed_at as Date).toISOString(),
        expires_at: row.expires_at.toISOString(),
      }
    })
    return { items }
  },
})
