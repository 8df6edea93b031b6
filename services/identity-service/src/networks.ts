import { isIP, isIPv4 } from 'node:net'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from './problems.ts'

/** Networks as PostgreSQL reads them: an address alone is a network of one. NETWORK_WRONG with the place of the first that is none. */
export function decideNetworks(networks: readonly string[] | undefined): string[] | null {
  if (networks === undefined) return null
  return networks.map((network, i) => {
    const [address = '', length, ...more] = network.split('/')
    const longest = isIPv4(address) ? 32 : 128
    const isLength = length === undefined || (/^(0|[1-9][0-9]{0,2})$/.test(length) && Number(length) <= longest)
    if (isIP(address) === 0 || address.includes('%') || !isLength || more.length > 0)
      throw new Problem(problems.NETWORK_WRONG, { errors: [{ pointer: `/networks/${i}`, detail: 'is no network' }] })
    return `${address}/${length ?? longest}`
  })
}

/** An address as networks know it (an IPv4 one may come dressed as IPv6); null for what is none. */
export function plainAddress(ip: string | null): string | null {
  if (ip === null) return null
  const bare = ip.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(bare) === 0 || bare.includes('%') ? null : bare
}
