/** Something of the package that neither came nor was refused in time. */
export class TookTooLong extends Error {}

/**
 * Waits for something of the package, but only so long: some of what it promises is neither kept nor refused when a broker dies at a bad moment. Rejects
 * with `TookTooLong` then; what becomes of it later is nobody's concern.
 */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new TookTooLong(`${what} took longer than ${ms / 1_000} s`)), ms)
  // Whoever loses the race may still reject.
  promise.catch(() => {})
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
