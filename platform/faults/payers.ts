import { type Api, PASSWORD } from '../testing/api.ts'
import { patiently } from './patience.ts'

/** A customer with money, who pays others. */
export interface Payer {
  readonly email: string
  readonly account_id: string
  readonly currency: string
  /** Of the present sign-in. */
  token: string
}

const AT_ONCE = 4
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD'] as const

/** New customers with an account and money each, three in four in EUR, the others in USD: there are at least two of each when `count` is 8 or more. */
export async function fundedPayers(api: Api, count: number, amount_cents: number): Promise<Payer[]> {
  const teller = await patiently(() => api.signIn('teller'))
  const payers: Payer[] = []
  const one = async (index: number): Promise<Payer> => {
    const currency = CURRENCIES[index % CURRENCIES.length] as string
    const { email, token } = await api.newCustomer()
    const { account_id } = await api.openAccount(token, { currency })
    await api.deposit(teller, account_id, amount_cents, currency)
    return { email, token, account_id, currency }
  }
  for (let first = 0; first < count; first += AT_ONCE) {
    const indices = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => first + i)
    payers.push(...(await Promise.all(indices.map((index) => patiently(() => one(index))))))
  }
  return payers
}

/** Signs everybody in again: access tokens last some minutes only. */
export async function signInAgain(api: Api, payers: readonly Payer[]): Promise<void> {
  for (let first = 0; first < payers.length; first += AT_ONCE)
    await Promise.all(
      payers.slice(first, first + AT_ONCE).map(async (payer) => {
        payer.token = await patiently(() => api.signIn(payer.email, PASSWORD))
      }),
    )
}
