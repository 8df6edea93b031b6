import type { FactorWord } from '#contracts/enums.ts'

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
