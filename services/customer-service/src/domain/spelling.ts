/** Letters that Unicode does not take apart, but that people type as others. */
const FOLDED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
}

/** One spelling per address: what follows the @ never tells cases apart, and no mail system in use does before it. */
export function normalEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}

/**
 * The words of a name as they are compared: without accents (NFKD), in small letters, each once. Apostrophes join (O'Brien is obrien),
 * everything else that is no letter and no digit parts.
 */
export function wordsOf(name: string): string[] {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    // Small letters of capitals like İ come with a mark of their own.
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/['’‘ʼ`´]/gu, '')
    .replaceAll(/[ßæœøđðþłħıς]/gu, (letter) => FOLDED[letter] as string)
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu) ?? [])]
}

/**
 * A telephone number as E.164 (`+351912345678`) from what people write: blanks, points, dashes, slashes and brackets are left out, `00` and a
 * missing plus are understood, and so is `(0)` after the country code. Null where it cannot be one.
 */
export function e164Of(phone: string): string | null {
  const plain = phone
    .normalize('NFKC')
    .trim()
    .replace(/^tel:/i, '')
    .replace(/(?<=\d\s*)\(0\)/, '')
    .replaceAll(/[\s.\-‐-―/()]/gu, '')
    .replace(/^00/, '+')
  const digits = plain.startsWith('+') ? plain.slice(1) : plain
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : null
}

/** A document's number as it is compared: by kind and country, in capitals, letters and digits only. */
export function documentNumberOf(document: {
  document_type: string
  issuing_country: string | null
  number: string
}): string {
  const number = document.number
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
  return `${document.document_type}:${document.issuing_country ?? ''}:${number}`
}
