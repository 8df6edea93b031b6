import { rotateApiKey as contract } from '#contracts/api/identity-api-keys.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { secondsAfter } from '../../domain/lockout.ts'
import { problems } from '../../problems.ts'
import { apiKeyReply, giveSecret, lockApiKey } from '../../store/api-keys.ts'
import { checkStrength, requireStrength } from '../../store/own-strength.ts'

const DAY_S = 86_400

/** Gives a key a new secret. The one before stays good for a while, so that programs can follow; the one before that is over now. */
export const rotateApiKey = implement(contract, {
  ask: (input, context) => checkStrength(input, context),

  async run(input, context, strength) {
    const { tx, own, clock, changed } = context
    await requireStrength(contract, input, context, strength)
    const key = await lockApiKey(context, input.params.key_id)
    if (key.status !== 'ACTIVE') throw new Problem(problems.API_KEY_OVER, { detail: `It is ${key.status}` })
    const now = clock.wall.now()
    const until = secondsAfter(now, input.body.keep_old_for_s ?? DAY_S)
    await tx`delete from api_key_secrets where key_id = ${key.key_id} and expires_at is not null`
    await tx`update api_key_secrets set expires_at = ${until} where key_id = ${key.key_id}`
    const secret = await giveSecret(context, key.key_id)
    const old_secret_until = until > now ? until : null
    const { key_id } = key
    changed({ before: { key_id }, after: { key_id, old_secret_until: old_secret_until?.toISOString() ?? null } })
    return { key: apiKeyReply(own.vault, { ...key, old_secret_until }), secret }
  },
})
