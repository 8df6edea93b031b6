import type { Profile } from '../tables.ts'

const HIDDEN = '•••'
const NOWHERE = { street: '', building: '', postal_code: '', region: '' }

/**
 * What staff see of a profile until they give a reason: first letters of the names and of the e-mail address, the last two digits of the
 * telephone, the year of birth, town and country.
 */
export function maskedProfile(profile: Profile): { [Field in keyof Profile]: Profile[Field] | null } {
  const { date_of_birth, email, address } = profile
  return {
    first_name: maskedWord(profile.first_name),
    last_name: maskedWord(profile.last_name),
    date_of_birth: date_of_birth === null ? null : date_of_birth.slice(0, 4),
    email: email === null ? null : maskedEmail(email),
    phone: profile.phone === null ? null : `${HIDDEN}${profile.phone.slice(-2)}`,
    nationality: null,
    address: address && { ...NOWHERE, town: address.town, country: address.country },
  }
}

/** `M•••`: the first letter, whatever the length. */
export function maskedWord(word: string): string {
  const [first = ''] = word.trim()
  return `${first}${HIDDEN}`
}

/** `m•••@e•••.test`: the first letters of both sides, and the last part of the domain. */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@')
  const domain = email.slice(at + 1)
  const point = domain.lastIndexOf('.')
  const top = point < 0 ? '' : domain.slice(point)
  return `${maskedWord(email.slice(0, Math.max(at, 0)))}@${maskedWord(point < 0 ? domain : domain.slice(0, point))}${top}`
}
