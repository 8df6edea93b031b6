import { de } from './words/de.ts'
import { en } from './words/en.ts'
import { pt } from './words/pt.ts'
import type { Language, Words } from './words/words.ts'

const ALL: Readonly<Record<Language, Words>> = { en, de, pt }

/** The words of the language that is wanted most among those there are: what the third party asked for (`ui_locales`) before the browser's. */
export function wordsFor(ui_locales: string | null, accept_language = ''): Words {
  const asked = (ui_locales ?? '').split(' ').map((tag) => ({ tag, weight: 2 }))
  const browsers = accept_language.split(',').map((part) => {
    const [tag = '', quality] = part.trim().split(/;\s*q=/)
    return { tag, weight: quality === undefined ? 1 : Number(quality) || 0 }
  })
  const wanted = [...asked, ...browsers].sort((a, b) => b.weight - a.weight)
  for (const { tag, weight } of wanted) {
    const language = tag.slice(0, 2).toLowerCase()
    if (weight > 0 && language in ALL) return ALL[language as Language]
  }
  return en
}
