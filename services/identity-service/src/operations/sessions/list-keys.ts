import * as api from '#contracts/api/identity.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { implementRead } from '../../config.ts'
import { secondsAfter } from '../../domain/lockout.ts'

/** A retired key verifies until the last token that it signed has expired. */
const RETIRED_STAYS_S = 3_600

/** The public keys that verify access tokens (RFC 7517). */
export const listKeys = implementRead(api.listKeys, {
  async read(_input, { sql, clock }) {
    const rows = await sql<{ public_jwk: ReplyOf<typeof api.listKeys>['keys'][number] }[]>`
      select public_jwk from signing_keys
      where retired_at is null or retired_at > ${secondsAfter(clock.wall.now(), -RETIRED_STAYS_S)} order by created_at desc`
    return { keys: rows.map((row) => row.public_jwk) }
  },
})
