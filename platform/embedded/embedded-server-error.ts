/** Why the embedded server cannot run, in one line that tells what to do. */
export class EmbeddedServerError extends Error {
  override name = 'EmbeddedServerError'

  constructor(line: string, options?: ErrorOptions) {
    super(line.replaceAll(/\s*\n\s*/g, ' ').trim(), options)
  }
}

/** The code that the operating system gave to a failed call (ENOENT, EACCES…), or ''. */
export function systemCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
