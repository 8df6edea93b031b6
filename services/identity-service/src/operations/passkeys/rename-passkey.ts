import * as api from '#contracts/api/identity-factors.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { passkeyReply } from '../../store/passkeys.ts'
import type { PasskeyRow } from '../../tables.ts'

/** Gives one of the user's passkeys another name. */
export const renamePasskey = implement(api.renamePasskey, {
  async run({ params, body }, { tx, caller }) {
    const [row] = await tx<PasskeyRow[]>`
      update passkeys set name = ${body.name} where passkey_id = ${params.passkey_id} and user_id = ${caller.sub} returning *`
    if (row === undefined) throw new Problem(problems.FACTOR_NOT_FOUND)
    return passkeyReply(row)
  },
})
