import * as api from '#contracts/api/identity-oauth.ts'
import { implement } from '../../config.ts'
import { spend } from '../../store/oauth/artifacts.ts'

/** Nothing that is spent has to be remembered for longer: what it belongs to is then refused by its time alone. */
const LONGEST_MS = 3_600_000

/** Spends an id: one insert, so that of many who ask at the same moment, in whatever process, exactly one is the first. */
export const spendOnce = implement(api.spendOnce, {
  async run({ body: { namespace, jti, until_s } }, { tx, clock }) {
    const latest = clock.wall.now().getTime() + LONGEST_MS
    const expires_at = new Date(Math.min(until_s * 1000, latest))
    return { is_first: await spend(tx, { namespace: `edge ${namespace}`, jti, expires_at }) }
  },
})
