import * as api from '#contracts/api/identity-step-up.ts'
import { signJwt } from '#libs/crypto/jwt.ts'
import { STEP_UP_ACR, STEP_UP_TOKEN, STEP_UP_TTL_S } from '#libs/http/step-up.ts'
import { FIRST_PARTY } from '#libs/http/verifier.ts'
import { invariant, Problem, platformProblems } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { secondsAfter } from '../../domain/lockout.ts'
import { acrOf } from '../../domain/tokens.ts'
import { checkPassword } from '../../passwords.ts'
import { problems } from '../../problems.ts'
import { answerIn } from '../../store/challenge-answers.ts'
import { answerChallenge } from '../../store/challenges.ts'
import { readUser } from '../../store/users.ts'
import { exchangeCookie } from '../../store/web-sessions.ts'

/**
 * Confirms with a factor; the answer is a proof, linked to the request that was shown. What the session began with counts as one of the two
 * factors, so a session without a password or a passkey behind it is refused, save in a sandbox.
 */
export const answerStepUp = implement(api.answerStepUp, {
  /** Hashing holds no connection. */
  async ask({ body: { password, ...others } }, { sql, caller }) {
    if (password === undefined) return answerIn(others)
    if (Object.values(others).some((value) => value !== undefined)) throw oneOnly()
    return { password: await checkPassword(await readUser(sql, caller.sub), password) }
  },

  async run({ params: { challenge_id } }, context, answer) {
    const { own, clock, mintId, namedInTrail } = context
    const { challenge, user, amr } = await answerChallenge(context, { challenge_id, purpose: 'STEP_UP', answer })
    const { digest, session_id } = challenge
    invariant(digest !== null && session_id !== null, 'a step-up confirms something in a session')
    if (own.profile === 'production' && acrOf(amr) !== '2') throw new Problem(problems.STRONGER_SIGN_IN_REQUIRED)
    namedInTrail({ entity_id: challenge_id })
    await exchangeCookie(context)
    const now = clock.wall.now()
    const claims = {
      ...{ iss: FIRST_PARTY.issuer, aud: STEP_UP_TOKEN.audience, sub: user.user_id, sid: session_id },
      ...{ jti: mintId(), digest, amr, acr: STEP_UP_ACR },
    }
    const now_s = Math.floor(now.getTime() / 1000)
    const proof = signJwt(claims, { key: own.keyRing.active, typ: STEP_UP_TOKEN.typ, ttl_s: STEP_UP_TTL_S, now_s })
    return { proof, expires_at: secondsAfter(new Date(now_s * 1000), STEP_UP_TTL_S).toISOString() }
  },
})

function oneOnly(): Problem {
  const detail = 'exactly one of code, passkey, push and password'
  return new Problem(platformProblems.VALIDATION_FAILED, {
    detail: `Send ${detail}`,
    errors: [{ pointer: '', detail }],
  })
}
