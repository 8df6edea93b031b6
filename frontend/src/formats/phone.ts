/** A telephone number as people write it, in the form of E.164: spaces, dashes, dots and brackets go, 00 is +. Undefined where it is none. */
export function parsePhone(typed: string): string | undefined {
  const number = typed.replace(/\(0\)|[\s().\-/]/g, '').replace(/^00/, '+')
  return /^\+[1-9][0-9]{6,14}$/.test(number) ? number : undefined
}
