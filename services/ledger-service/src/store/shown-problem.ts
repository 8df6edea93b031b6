import type { Problem } from '#libs/problem/problem.ts'

/** A refusal as a part of an answer: a problem (RFC 9457) with what helps the caller. */
export function shownProblem({ kind, options }: Problem) {
  const { code, status, title } = kind
  const errors = options.errors === undefined ? {} : { errors: options.errors }
  return { code, status, title, detail: options.detail ?? title, ...errors, ...options.extra }
}
