import type { FactorWord } from '#contracts/enums.ts'
import { de } from './words/de.ts'
import { en } from './words/en.ts'
import { pt } from './words/pt.ts'

export type Language = 'en' | 'de' | 'pt'

/** Everything the pages say. A word that a language lacks does not compile. */
export interface Words {
  language: Language
  bank: string
  sign_in: string
  sign_in_for: (client: string) => string
  email: string
  password: string
  continue: string
  cancel: string
  demo: (email: string, password: string) => string
  something_wrong: string
  confirm_you: string
  factor: Readonly<Record<FactorWord, string>>
  ask_factor: Readonly<Record<FactorWord, string>>
  sent_to: (address: string) => string
  code: string
  use_passkey: string
  needs_script: string
  approved: string
  match_number: string
  other_way: string
  send_again: string
  wants: (client: string) => string
  wants_payment: (client: string) => string
  wants_accounts: (client: string) => string
  registered_as: (number: string) => string
  unregistered: string
  claimed: string
  amount: string
  pay_to: string
  says: (client: string) => string
  bank_knows: string
  account_number: string
  reference: string
  pay_from: string
  available: (amount: string) => string
  what: string
  one_payment: string
  may_see: string
  actions: Readonly<Record<'accounts' | 'balances' | 'transactions', string>>
  which_accounts: string
  until: (day: string) => string
  take_back: string
  scopes: Readonly<Record<'profile' | 'openid', string>>
  allow: string
  deny: string
  pay: (amount: string) => string
  allow_access: string
  confirm_payment: (about: { amount: string; payee: string; number: string; client: string }) => string
  confirm_access: (about: { client: string; accounts: string; day: string }) => string
  confirm_identity: (client: string) => string
  change: string
  names_differ: string
  no_payee: string
  no_account: string
  no_currency: (currency: string) => string
  choose_account: string
  not_yours: string
  expired_request: string
  gone_title: string
  gone: string
  wrong_form_title: string
  wrong_form: string
  away_title: string
  away: string
  no_factor_title: string
  no_factor: string
  staff: string
  wrong: Readonly<Record<string, string>>
}

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
