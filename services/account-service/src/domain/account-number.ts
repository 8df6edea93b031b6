/**
 * The check digit is H. M. Damm's (dissertation, Marburg 2004, "Total anti-symmetrische Quasigruppen"): one digit that catches every
 * single wrong digit and every transposition of neighbours, which the Luhn formula does not.
 */
const QUASIGROUP = [
  [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
  [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
  [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
  [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
  [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
  [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
  [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
  [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
  [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
  [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
] as const

const FORM = /^FB-(\d{8})-(\d)$/
const HIGHEST = 99_999_999n

/** The Damm check digit of a text of decimal digits; over digits and check digit together it is 0. */
export function checkDigit(digits: string): number {
  let interim = 0
  for (const digit of digits) interim = QUASIGROUP[interim]?.[Number(digit)] as number
  return interim
}

/** `FB-` + 8 digits + `-` + check digit. RangeError beyond 1 to 99,999,999. */
export function accountNumberOf(serial: bigint): string {
  if (serial < 1n || serial > HIGHEST) throw new RangeError(`${serial} is not the serial number of an account`)
  const digits = serial.toString().padStart(8, '0')
  return `FB-${digits}-${checkDigit(digits)}`
}

/** True for the form of an account number with the right check digit; whether the account exists is another question. */
export function isAccountNumber(text: string): boolean {
  const [, digits, check] = FORM.exec(text) ?? []
  return digits !== undefined && checkDigit(digits + check) === 0
}

/** The last four digits, check digit included: what people and events may be shown. */
export function lastFourOf(account_number: string): string {
  return account_number.replaceAll(/\D/g, '').slice(-4)
}

/** What people type as an account number, with or without blanks and hyphens, in any case; undefined when it is none, or mistyped. */
export function readAccountNumber(typed: string): string | undefined {
  const [, digits, check] = /^FB(\d{8})(\d)$/.exec(typed.replaceAll(/[\s-]/g, '').toUpperCase()) ?? []
  const account_number = `FB-${digits}-${check}`
  return isAccountNumber(account_number) ? account_number : undefined
}
