import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'

/** The seals that were asked for, all of them unless said; refuses a range in which there are none, and says which there are. */
export function sealRange(
  {
    from_seal = 1,
    to_seal = Number.MAX_SAFE_INTEGER,
  }: { from_seal?: number | undefined; to_seal?: number | undefined },
  newest: number,
): { from_seal: number; to_seal: number } {
  const up_to = Math.min(to_seal, newest)
  if (from_seal <= up_to) return { from_seal, to_seal: up_to }
  const present = newest === 0 ? 'Nothing is sealed yet' : `There are the seals 1 to ${newest}`
  const detail = from_seal > to_seal ? `Seal ${from_seal} is not before seal ${to_seal}` : present
  throw new Problem(problems.NOTHING_SEALED, { detail })
}
