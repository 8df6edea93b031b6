import type { TestBank } from './open-bank.ts'

/** Two customers with an account each, money on the first. */
export async function fundedPair(
  { api }: Pick<TestBank, 'api'>,
  amount_cents: number,
): Promise<{ payer: string; payee: string; source: string; destination: string }> {
  const [payer, payee, teller] = await Promise.all([api.newCustomer(), api.newCustomer(), api.signIn('teller')])
  const { account_id: source } = await api.openAccount(payer.token)
  const { account_id: destination } = await api.openAccount(payee.token)
  await api.deposit(teller, source, amount_cents)
  return { payer: payer.token, payee: payee.token, source, destination }
}
