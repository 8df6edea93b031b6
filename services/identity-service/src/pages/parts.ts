import { type Html, html, type Part } from './html.ts'
import type { Words } from './words/words.ts'

/** Where a page stands and how it speaks. */
export interface At {
  words: Words
  /** The path of the interaction, which its forms post to. */
  path: string
  /** The token that every form carries. */
  token: string
}

/** What was wrong with what somebody sent: in words, and which field it is about. */
export interface Wrong {
  message: string
  field: string | null
}

/** A form of the interaction, with its token. */
export function form({ path, token }: At, content: Part, attributes: Part = null): Html {
  return html`<form method="post" action="${path}" accept-charset="utf-8"${attributes}>
<input type="hidden" name="token" value="${token}">
${content}
</form>`
}

/** A button that says which step it takes. */
export function stepButton(step: string, text: string, attributes: Part = null): Html {
  return html`<button type="submit" name="step" value="${step}"${attributes}>${text}</button>`
}

/** The attributes of a field that was wrong, told by what stands in the summary. */
export function wrongField(name: string, wrong: Wrong | null): Part {
  return wrong?.field === name ? html` aria-invalid="true" aria-describedby="wrong"` : null
}

/** What went wrong, first in the page and with the focus, so that everybody hears it; with a link to the field that it is about. */
export function errorSummary({ words }: At, wrong: Wrong | null): Part {
  if (wrong === null) return null
  const { message, field } = wrong
  return html`<div class="error" role="alert" tabindex="-1" autofocus>
<h2>${words.something_wrong}</h2>
<p id="wrong">${field === null ? message : html`<a href="#${field}">${message}</a>`}</p>
</div>`
}

// Marks that turn the direction of writing, and what cannot be seen: a name of somebody else's must not rearrange what stands around it.
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** A text of somebody else's, without what cannot be seen in it. */
export function plain(text: string): string {
  return text.replace(UNSEEN, '')
}

/** One line of a list of facts; nothing where there is no fact. */
export function fact(name: string, value: Part): Part {
  return value === null ? null : html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}
