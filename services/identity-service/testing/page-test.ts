import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { getAccountBalance, listAccountsOfUser, lookupPayee, resolveAccounts } from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { defineProblems, Problem } from '#libs/problem/problem.ts'
import type { ServiceTest, ServiceTestOptions } from '#libs/testing/service-test.ts'
import type { Own } from '../src/config.ts'
import { openPages, type PagesDriver, type Send, type Shown } from './pages-driver.ts'
import { aUser, mailsTo, openIdentity, PASSWORD } from './people.ts'
import { rawDoor } from './raw-door.ts'
import { aShop, type Shop } from './shop.ts'

export const ORIGIN = 'http://localhost:4100'
const { PAYEE_NOT_FOUND } = defineProblems({ PAYEE_NOT_FOUND: [404, 'There is no such account'] })
export const PAYEE_NUMBER = 'FB-00099999-3'

/** Identity with a customer who has accounts, a third party, and browsers. */
export interface PageTest {
  bank: ServiceTest
  own: Own
  send: Send
  ann: { user_id: string; customer_id: string }
  shop: Shop
  /** Accounts of Ann: she may pay from the first and the second, and only look at the third. */
  accounts: [string, string, string]
  browser(headers?: Record<string, string>): PagesDriver
}

/** Opens it all; account-service is played by this test. */
export async function openPageTest(
  t: TestContext,
  { metadata, ...options }: ServiceTestOptions & { metadata?: Record<string, unknown> } = {},
): Promise<PageTest> {
  let own: Own | undefined
  const bank = await openIdentity(t, options, (_opening, made) => {
    own = made
  })
  const { user_id, customer_id } = await aUser(bank)
  const ann = { user_id, customer_id: customer_id as string }
  const accounts: PageTest['accounts'] = [newId(), newId(), newId()]
  playAccounts(bank, ann, accounts)
  const send = rawDoor(bank)
  const shop = await aShop({ own: own as Own, send, origin: ORIGIN }, metadata)
  const browser: PageTest['browser'] = (headers) => openPages(send, ORIGIN, headers)
  return { bank, own: own as Own, send, ann, shop, accounts, browser }
}

function playAccounts(bank: ServiceTest, ann: PageTest['ann'], ids: PageTest['accounts']): void {
  const known = ids.map((account_id, i) => ({ account_id, account_number: `FB-0001000${i}-7`, currency: 'EUR' }))
  const rest = { branch_id: 'main', status: 'ACTIVE' } as const
  bank.peer(listAccountsOfUser, ({ params }) => ({
    items: (params.user_id === ann.user_id ? known : []).map((account, i) => ({
      ...{
        ...account,
        ...rest,
        customer_id: ann.customer_id,
        product_id: 'everyday',
        account_type: 'CHECKING' as const,
      },
      ...{ overdraft_limit_cents: 0n, nickname: i === 0 ? 'Everyday' : null, opened_date: '2026-01-01' },
      ...{ closed_at: null, created_at: '2026-01-01T00:00:00.000Z' },
    })),
    next_cursor: null,
  }))
  bank.peer(resolveAccounts, ({ body }) => ({
    items: known
      .filter(({ account_id }) => body.account_ids.includes(account_id))
      .map((account) => {
        const capabilities = account.account_id === ids[2] ? ['view' as const] : ['view' as const, 'debit' as const]
        return { ...account, ...rest, owners: [{ customer_id: ann.customer_id, capabilities }] } as never
      }),
  }))
  bank.peer(getAccountBalance, ({ params }) => ({
    ...{ account_id: params.account_id, currency: 'EUR', ledger_balance_cents: 100_000n, pending_balance_cents: 0n },
    ...{ available_balance_cents: 98_765n, overdraft_limit_cents: 0n, as_of: '2026-01-01T00:00:00.000Z' },
  }))
  bank.peer(lookupPayee, ({ query: { account_number } }) => {
    if (account_number !== PAYEE_NUMBER) throw new Problem(PAYEE_NOT_FOUND)
    return { account_number, masked_name: 'C••••• S•••', currency: 'EUR', can_receive: true }
  })
}

/** A payment to the shop. */
export const PAYMENT = {
  type: 'payment_initiation',
  amount_cents: 12_550,
  currency: 'EUR',
  destination_account_number: PAYEE_NUMBER,
  payee_name: 'Corner Shop',
  reference: 'Order 17',
}

/** What a request for it pushes. */
export function paymentWish(detail: Record<string, unknown> = {}): Record<string, string> {
  return { scope: 'openid payment_initiation', authorization_details: JSON.stringify([{ ...PAYMENT, ...detail }]) }
}

/** What a request to look at accounts pushes. */
export const READING_WISH = {
  scope: 'openid account_information',
  authorization_details: JSON.stringify([{ type: 'account_access', actions: ['accounts', 'balances'] }]),
}

/** The code that confirms, out of the newest of `count` mails. */
export async function confirmingCode(bank: ServiceTest, count = 2, to = 'ann@example.com'): Promise<string> {
  const [newest] = await mailsTo(bank, to, count)
  const [, code] = /code is (\d{8}),/.exec(newest?.text ?? '') ?? []
  assert.ok(code, `no code in ${newest?.text}`)
  return code
}

/** Goes to a request and signs Ann in; shows what is asked of her. */
export async function signedIn(pages: PagesDriver, url: string): Promise<Shown> {
  await pages.open(url)
  const shown = await pages.press('sign_in', { email: 'ann@example.com', password: PASSWORD })
  assert.ok(
    shown.forms.some(({ steps }) => steps.includes('deny')),
    shown.text,
  )
  return shown
}

/** The error with which a browser is sent back to the third party. */
export function errorIn({ url }: Pick<Shown, 'url'>): Record<string, string | null> {
  const { searchParams: query } = new URL(url)
  return { error: query.get('error'), state: query.get('state'), iss: query.get('iss') }
}
