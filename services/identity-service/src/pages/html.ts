/** Markup that may stand in a page as it is: made by `html`, or a constant of ours (the style, the script). Never of anything that came in. */
export class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

export type Part = Html | string | number | null | false | readonly Part[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Markup with parts in it: every text is escaped, whether it stands between tags or within the quotes of an attribute; markup goes in as it is, and
 * `null` and `false` are nothing. Attributes are always quoted by whoever writes the template.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, i) => text + (i < parts.length ? written(parts[i] as Part) : '')).join(''))
}

function written(part: Part): string {
  if (part === null || part === false) return ''
  if (part instanceof Html) return part.markup
  if (Array.isArray(part)) return part.map(written).join('')
  return String(part).replace(/[&<>"']/g, (sign) => ESCAPES[sign] as string)
}
