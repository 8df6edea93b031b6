import { TooBusy } from '#libs/crypto/bounded-line.ts'
import { hashPassword, needsRehash, verifyNothing, verifyPassword } from '#libs/crypto/password.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import type { BreachedPasswords } from './breached/breached-passwords.ts'
import { weaknessOf } from './domain/password-policy.ts'
import { problems } from './problems.ts'
import type { UserRow } from './tables.ts'

/** The outcome of one password check, made before the transaction because it takes long on purpose. */
export interface PasswordCheck {
  matches: boolean
  /** The hash that was looked at: a password changed meanwhile makes the check worthless. */
  seen: string | null
  /** A hash with today's parameters, when the stored one is older and the password was right. */
  rehashed: string | null
  /** True for a right password that attackers have a list of. */
  is_breached: boolean
}

/**
 * Checks a password against a user's, or against nothing at the same price. A right one is looked up among breached ones where those are given.
 * Fault when too many are being checked.
 */
export function checkPassword(
  user: UserRow | undefined,
  password: string,
  breached?: BreachedPasswords,
): Promise<PasswordCheck> {
  return inLine(async () => {
    const matches =
      user === undefined ? await verifyNothing(password) : await verifyPassword(user.password_hash, password)
    const rehashed =
      matches && user !== undefined && needsRehash(user.password_hash) ? await hashPassword(password) : null
    const is_breached = matches && (await breached?.isBreached(password)) === true
    return { matches, seen: user?.password_hash ?? null, rehashed, is_breached }
  })
}

/** The hash of a new password. Fault when too many are being hashed. */
export function hashNewPassword(password: string): Promise<string> {
  return inLine(() => hashPassword(password))
}

/** A password that somebody wants to have. */
interface Wanted {
  password: string
  email: string
  /** Where it stands in the request. */
  pointer?: string
}

/** Refuses a password that is easy to guess, or that attackers have a list of, with a pointer to it (ASVS 2.1.7). */
export async function refuseWeak(
  { breached }: { breached: BreachedPasswords },
  { password, email, pointer = '/password' }: Wanted,
): Promise<void> {
  const isBreached = async (): Promise<string | null> =>
    (await breached.isBreached(password)) ? 'It is in a public list of stolen passwords' : null
  const weakness = weaknessOf(password, email) ?? (await isBreached())
  if (weakness === null) return
  const errors = [{ pointer, detail: weakness }]
  throw new Problem(problems.PASSWORD_TOO_WEAK, { detail: `${weakness}. Choose another.`, errors })
}

async function inLine<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TooBusy)
      throw new Fault('too many passwords are being checked', { cause: error, retryAfterS: 2 })
    throw error
  }
}
