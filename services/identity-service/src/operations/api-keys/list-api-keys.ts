import { listApiKeys as contract } from '#contracts/api/identity-api-keys.ts'
import { implementRead } from '../../config.ts'
import { apiKeyReply, apiKeys } from '../../store/api-keys.ts'
import type { ApiKeyRow } from '../../tables.ts'

/** More than anybody may have at a time, those that are over included. */
const MOST = 500

/** The keys of the caller. */
export const listApiKeys = implementRead(contract, {
  async read(_input, { sql, own, clock, caller }) {
    const rows = await sql<ApiKeyRow[]>`
      ${apiKeys(sql, clock.wall.now())} where k.user_id = ${caller.sub} order by k.key_id desc limit ${MOST}`
    return { items: rows.map((row) => apiKeyReply(own.vault, row)) }
  },
})
