import assert from 'node:assert/strict'

/** One request of a browser. */
export interface Asked {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body: string
}

/** What came back; no redirect was followed. */
export interface Sent {
  status: number
  headers: Record<string, string>
  cookies: readonly string[]
  text: string
}
export type Send = (asked: Asked) => Promise<Sent>

/** A form as it stands in a page: its hidden and preset fields, and the values of its submit buttons. */
export interface Form {
  action: string
  fields: [name: string, value: string][]
  steps: string[]
}

/** A page that a browser shows; its looks are left out of the text. */
export interface Shown extends Sent {
  url: string
  forms: Form[]
}

/** A browser without scripts: it keeps cookies, follows redirects within the bank, and sends forms as they stand. */
export interface PagesDriver {
  /** Goes to an address; stops at the first answer that is no redirect, or leads to another origin. */
  open(url: string): Promise<Shown>
  /** Presses the button of a step of the page that is shown, with what is typed into its form. */
  press(step: string, typed?: Record<string, string | readonly string[]>): Promise<Shown>
  readonly page: Shown
  readonly cookies: Map<string, string>
}

/** Opens a browser at the bank's origin. */
export function openPages(send: Send, origin: string, headers: Record<string, string> = {}): PagesDriver {
  const cookies = new Map<string, string>()
  let page: Shown | undefined
  const ask = async (asked: Omit<Asked, 'headers'>, more: Record<string, string>): Promise<Sent> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent = await send({ ...asked, headers: { ...headers, ...more, ...(cookie === '' ? {} : { cookie }) } })
    for (const line of sent.cookies) keepCookie(cookies, line)
    return sent
  }
  const follow = async (first: Sent, from: string): Promise<Shown> => {
    let [sent, url] = [first, from]
    for (let hops = 0; hops < 10; hops++) {
      const { location } = sent.headers
      if (location === undefined || sent.status < 300 || sent.status > 399) break
      url = new URL(location, url).href
      if (new URL(url).origin !== origin) return { ...sent, url, forms: [] }
      sent = await ask({ method: 'GET', url, body: '' }, {})
    }
    const text = sent.text.replace(/<style[\s\S]*<\/style>/, '')
    page = { ...sent, text, url, forms: formsIn(text) }
    return page
  }
  const shown = (): Shown => {
    assert.ok(page, 'no page is shown')
    return page
  }
  return {
    cookies,
    get page() {
      return shown()
    },
    open: async (url) => follow(await ask({ method: 'GET', url, body: '' }, {}), url),
    async press(step, typed = {}) {
      const form = shown().forms.find(
        ({ steps, fields }) =>
          (steps.includes(step) || fields.some(([name, value]) => name === 'step' && value === step)) &&
          (typed.factor === undefined || fields.some(([name, value]) => name === 'factor' && value === typed.factor)),
      )
      assert.ok(form, `the page has no button ${step}: ${shown().text}`)
      const url = new URL(form.action, shown().url).href
      const more = { origin, 'content-type': 'application/x-www-form-urlencoded' }
      return follow(await ask({ method: 'POST', url, body: bodyOf(form, step, typed) }, more), url)
    },
  }
}

function bodyOf(form: Form, step: string, typed: Record<string, string | readonly string[]>): string {
  const body = new URLSearchParams(form.fields.filter(([name]) => !(name in typed) && name !== 'step'))
  for (const [name, value] of Object.entries(typed)) for (const one of [value].flat()) body.append(name, one)
  body.append('step', step)
  return body.toString()
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const at = pair.indexOf('=')
  const name = pair.slice(0, at).trim()
  const isOver = attributes.some((text) => /^\s*(max-age=0|expires=Thu, 01 Jan 1970)/i.test(text))
  if (isOver) cookies.delete(name)
  else cookies.set(name, pair.slice(at + 1))
}

/** The forms of a page of the bank's own, whose markup is as `html` writes it. */
function formsIn(text: string): Form[] {
  return [...text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes = '', content = '']) => {
    const inputs = [...content.matchAll(/<input\b([^>]*)>/g)].map(([, tag = '']) => tag)
    const fields = inputs.flatMap((tag): [string, string][] => {
      const [name, type] = [attribute(tag, 'name'), attribute(tag, 'type')]
      const isChoice = type === 'radio' || type === 'checkbox'
      if (name === undefined || (isChoice && !/\bchecked\b/.test(tag))) return []
      return [[name, attribute(tag, 'value') ?? '']]
    })
    const buttons = [...content.matchAll(/<button\b([^>]*)>/g)].map(([, tag = '']) => tag)
    const steps = buttons.flatMap((tag) => (/\bname="step"/.test(tag) ? [attribute(tag, 'value') ?? ''] : []))
    return { action: attribute(attributes, 'action') ?? '', fields, steps }
  })
}

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\b${name}="([^"]*)"`).exec(tag) ?? []
  return value?.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, sign: string) => SIGNS[sign] as string)
}
const SIGNS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
