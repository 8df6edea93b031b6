import * as api from '#contracts/api/identity-factors.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { beginCeremony } from '../../store/ceremonies.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { descriptorOf, passkeysOf, requireRelyingParty } from '../../store/passkeys.ts'
import { emailOf, nameOf } from '../../store/users.ts'

const PASSKEYS_AT_MOST = 20
/** ES256, EdDSA and RS256: what authenticators in use can do. */
const ALGORITHMS = [-7, -8, -257]

/**
 * Starts the registration of a passkey, after the proof that any change of factors takes. The key must be found without a user name and must verify
 * its owner; authenticators that hold one of the user's already are left out. The user handle is the user's id, which names nobody.
 */
export const startPasskey = implement(api.startPasskey, {
  ask: checkOwnPassword,

  async run({ body }, context, check) {
    const { tx, own, caller } = context
    const party = requireRelyingParty(own)
    const user = await proveStrength(context, body, check)
    const { user_id } = user
    const standing = await passkeysOf(tx, user_id)
    if (standing.length >= PASSKEYS_AT_MOST) throw new Problem(problems.TOO_MANY_PASSKEYS)
    const asked = { kind: 'REGISTER' as const, user_id, session_id: caller.session_id }
    const { ceremony_id, challenge, expires_at } = await beginCeremony(context, asked)
    const { first_name, last_name } = nameOf(own.vault, user)
    const options = {
      rp: { id: party.id, name: party.name },
      user: {
        id: Buffer.from(user_id).toString('base64url'),
        name: emailOf(own.vault, user),
        displayName: `${first_name} ${last_name}`,
      },
      challenge,
      timeout: own.settings.challenge_ttl_s * 1000,
      // None: the bank sorts nobody's authenticator out by its maker, and learns no more of it than its model.
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      excludeCredentials: standing.map(descriptorOf),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ alg, type: 'public-key' as const })),
    }
    return { ceremony_id, options, expires_at: expires_at.toISOString() }
  },
})
