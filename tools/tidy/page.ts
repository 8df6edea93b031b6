import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** The page with `text` between its marks `<!-- mark -->` and `<!-- /mark -->`; throws where it has none. */
export function betweenMarks(page: string, mark: string, text: string): string {
  const [start, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`]
  const [before, rest] = page.split(start)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`the page has no marks ${start} and ${end}`)
  return `${before}${start}\n${text}\n${end}${after}`
}

/** A program of its own: says whether a page of the tree is as it is made from the code, and with `--write` makes it so. */
export function writeOrCheck(name: string, render: (page: string) => string): void {
  const file = join(ROOT, name)
  const page = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const text = render(page)
  const isCurrent = page === text
  const isWriting = process.argv.includes('--write')
  if (isWriting) writeFileSync(file, text)
  else if (!isCurrent) process.exitCode = 1
  console.log(isCurrent ? `${name} is up to date` : isWriting ? 'written' : `${name} is stale: --write`)
}
