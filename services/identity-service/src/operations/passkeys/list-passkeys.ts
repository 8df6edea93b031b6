import * as api from '#contracts/api/identity-factors.ts'
import { implementRead } from '../../config.ts'
import { passkeyReply, passkeysOf } from '../../store/passkeys.ts'

/** The passkeys of the signed-in user, oldest first. */
export const listPasskeys = implementRead(api.listPasskeys, {
  async read(_input, { sql, caller }) {
    const rows = caller.sub === null ? [] : await passkeysOf(sql, caller.sub)
    return { items: rows.map(passkeyReply) }
  },
})
