const DOT = '•'
const MOST_DOTS = 4

/** `A•• S••••`: the initial of each word, and as many dots as letters follow, up to four. A name that is not known is all dots. */
export function maskedName(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== '')
  if (words.length === 0) return DOT.repeat(MOST_DOTS)
  return words.map(maskedWord).join(' ')
}

function maskedWord(word: string): string {
  const [initial = DOT, ...rest] = [...word]
  return initial + DOT.repeat(Math.min(rest.length, MOST_DOTS))
}
