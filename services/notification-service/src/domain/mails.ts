import type { Language, Text } from './templates.ts'

/** A message on its way to one address. */
export interface Message {
  to: string
  subject: string
  text: string
}

const GREETING = { en: 'Hello', de: 'Guten Tag', pt: 'Olá' } as const
/** What one SMS of three parts holds (GSM 03.40). */
const SMS_MAX = 459

/** A notification as a mail: greeting, text, signature. The name is asked for when it is sent, and stored nowhere. */
export function mailOf(
  text: Text,
  reader: { to: string; first_name: string; language: Language },
  signature: string,
): Message {
  const { to, first_name, language } = reader
  return {
    to,
    subject: oneLine(text.title),
    text: signed(`${GREETING[language]} ${oneLine(first_name)},\n\n${text.body}`, signature),
  }
}

/** A text with the bank's last line. */
export function signed(text: string, signature: string): string {
  return `${text}\n\n${signature}\n`
}

/** A notification as an SMS or push message: short, without greeting. */
export function shortMessageOf(text: Text, to: string): Message {
  return { to, subject: oneLine(text.title), text: text.body.slice(0, SMS_MAX) }
}

/** What stands in a header is one line: a line break would begin another header (CWE-93). */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim()
}

/** The code in the text of a mail or an SMS, or null: what is called one, or eight digits by themselves. */
export function codeIn(text: string): string | null {
  return /\bcode is (\d{6,8})\b/.exec(text)?.[1] ?? /\b\d{8}\b/.exec(text)?.[0] ?? null
}
