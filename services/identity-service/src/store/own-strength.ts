import type { InputOf, Operation } from '#libs/contract/operation.ts'
import type { AskedFor, WriteContext } from '#libs/http/implement.ts'
import { proofFor, spendProof, stepUpRequired } from '#libs/http/step-up.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { isLocked } from '../domain/lockout.ts'
import { checkPassword, type PasswordCheck } from '../passwords.ts'
import { problems } from '../problems.ts'
import { refuseLocked } from './sign-in.ts'
import { countFailure } from './sign-in-failures.ts'
import { lockLane, readLane } from './sign-in-lane.ts'
import { readUser } from './users.ts'

/** Two factors count as present for so long. */
const FRESH_S = 300

type Input = Pick<InputOf<Operation>, 'params' | 'body'> & { body: { password?: string } }

/** What `requireStrength` decides by: `password` is null where it was not needed, or its lane is locked. */
export interface Strength {
  isFresh: boolean
  password: PasswordCheck | null
}

/**
 * Looks, before the transaction, at how strongly the caller has proved who he is: two factors within five minutes, or in a sandbox the password
 * that came with the request. Hashing holds no connection.
 */
export async function checkStrength(
  { body }: Input,
  { sql, own, clock, caller }: Pick<AskedFor<Own>, 'sql' | 'own' | 'clock' | 'caller'>,
): Promise<Strength> {
  const now = clock.wall.now()
  const age_s = Math.floor(now.getTime() / 1000) - (caller.auth_time ?? Number.NEGATIVE_INFINITY)
  if (Number(caller.acr) >= 2 && age_s <= FRESH_S) return { isFresh: true, password: null }
  if (own.profile === 'production' || body.password === undefined) return { isFresh: false, password: null }
  const user = await readUser(sql, caller.sub)
  if (user === undefined) return { isFresh: false, password: null }
  const attempted = { email_hash: user.email_hash, device_id: caller.device_id }
  if (isLocked(await readLane(sql, own.vault, attempted), now)) return { isFresh: false, password: null }
  return { isFresh: false, password: await checkPassword(user, body.password) }
}

/**
 * Refuses who has not proved it strongly: a stolen session makes no lasting access. A proof of step-up for exactly this request does as well, and is
 * used up. Wrong passwords are counted like a sign-in's.
 */
export async function requireStrength(
  contract: Operation,
  input: Input,
  context: WriteContext<Own>,
  { isFresh, password }: Strength,
): Promise<void> {
  if (isFresh) return
  const { tx, own, clock, caller } = context
  const now = clock.wall.now()
  const proof = proofFor(contract, input, caller, now)
  if (proof !== null) return spendProof(tx, contract, proof, now)
  if (own.profile === 'production' || input.body.password === undefined) throw stepUpRequired(contract)
  const asking = await readUser(tx, caller.sub)
  if (asking === undefined) throw new Problem(problems.CREDENTIALS_WRONG)
  const attempted = { email_hash: asking.email_hash, device_id: caller.device_id }
  const { lane, user } = await lockLane(tx, own.vault, attempted, now)
  if (password === null || isLocked(lane, now)) return refuseLocked(lane, now)
  if (password.matches && password.seen === user?.password_hash) return
  await countFailure(context, lane, user, 'CREDENTIALS_WRONG')
  refuse(new Problem(problems.CREDENTIALS_WRONG), { keep: true })
}
