import * as api from '#contracts/api/identity-clients.ts'
import { implement } from '../../config.ts'
import { secondsAfter } from '../../domain/lockout.ts'

/** Opens registration for third parties under a profile. Minted before the transaction; one that is told to nobody expires. */
export const createClientRegistrationToken = implement(api.createClientRegistrationToken, {
  ask: ({ body }, { own }) => own.oauth.mintRegistrationToken(body.fapi_profile),

  async run({ body: { fapi_profile, purpose } }, { clock, changed }, { token, expires_in_s }) {
    changed({ before: null, after: { fapi_profile, purpose } })
    const expires_at = secondsAfter(clock.wall.now(), expires_in_s).toISOString()
    return { initial_access_token: token, expires_at }
  },
})
