import { resolveCustomers } from '#contracts/api/customer.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import type { Client } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { Channel } from '../domain/preferences.ts'

export type User = ReplyOf<typeof resolveUsers>['items'][number]

/** Users as identity knows them now, by their ids; who is unknown is left out. At most as many as one question may name. */
export async function usersById(
  { call }: Pick<Client, 'call'>,
  user_ids: readonly string[],
): Promise<ReadonlyMap<string, User>> {
  if (user_ids.length === 0) return new Map()
  const { items } = await call(resolveUsers, { body: { user_ids: [...new Set(user_ids)], customer_ids: [] } })
  return new Map(items.map((user) => [user.user_id, user]))
}

/** A user as identity knows him now, or undefined. */
export async function userOf(client: Pick<Client, 'call'>, user_id: string): Promise<User | undefined> {
  return (await usersById(client, [user_id])).get(user_id)
}

/** Where users are reached by a channel, each asked for now and stored nowhere; who has no such address is left out. */
export async function addressesOf(
  { call }: Pick<Client, 'call'>,
  wanted: readonly { user: User; channel: Channel }[],
): Promise<(user: User, channel: Channel) => string | undefined> {
  const customer_ids = wanted.flatMap(({ user, channel }) => (channel === 'SMS' ? (user.customer_id ?? []) : []))
  const phones = new Map<string, string>()
  if (customer_ids.length > 0) {
    const { items } = await call(resolveCustomers, { body: { customer_ids: [...new Set(customer_ids)] } })
    for (const { customer_id, phone } of items) if (phone) phones.set(customer_id, phone)
  }
  return (user, channel) => (channel === 'SMS' ? phones.get(user.customer_id ?? '') : user.email)
}

/** Where one user is reached by a channel, or undefined. */
export async function addressOf(
  client: Pick<Client, 'call'>,
  user: User,
  channel: Channel,
): Promise<string | undefined> {
  return (await addressesOf(client, [{ user, channel }]))(user, channel)
}
