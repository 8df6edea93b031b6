import { invariant, type Problem } from '#libs/problem/problem.ts'

/**
 * The code of a refusal that the ledger may give by its contract. Any other (a key used twice, a request it does not understand) is a bug of
 * ours and no reason to end a transfer.
 */
export function refusalCode(problem: Problem | undefined, expected: readonly string[]): string {
  invariant(problem !== undefined, 'the ledger gave neither an answer nor a refusal')
  const { code } = problem.kind
  invariant(expected.includes(code), `the ledger refused with ${code}, which its contract does not name`)
  return code
}
