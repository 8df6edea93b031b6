/** Letters and digits, as every script has them, without accents. */
const NO_WORD = /[^\p{L}\p{N}]+/u
const ACCENTS = /\p{M}+/gu
/** A word is found by its beginning, so a longer one is found too. */
const LONGEST_WORD = 64

/** The words of texts, each once: small letters without accents, so that "MULLER" finds "Müller". Null is no text. */
export function wordsOf(...texts: readonly (string | null)[]): string[] {
  const plain = texts
    .filter((text) => text !== null)
    .join(' ')
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .toLowerCase()
  const words = plain.split(NO_WORD).filter((word) => word !== '')
  return [...new Set(words.map((word) => [...word].slice(0, LONGEST_WORD).join('')))]
}

/** A PostgreSQL `tsquery` for what contains all the words, or words that begin so; words have no character that means anything in it. */
export function queryOf(words: readonly string[]): string {
  return words.map((word) => `'${word}':*`).join(' & ')
}
