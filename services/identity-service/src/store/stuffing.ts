import type { WriteContext } from '#libs/http/implement.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'
import type { Vault } from '../vault.ts'

/**
 * Credential stuffing tries each address once, so no lock of an address ever sees it. What it cannot hide is that many addresses fail within an
 * hour with one password, or from one network source: then the source that does it waits, each time for longer.
 */
interface Guess {
  email_hash: string
  password: string
}

type Counting = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'caller'>

const HOUR_MS = 3_600_000
/** Base64url characters kept of a password's hash: 24 bits, which countless passwords share, and none can be found by. */
const PASSWORD_PREFIX = 4
const FIRST_WAIT_S = 60
const LONGEST_WAIT_S = 3_600
/** After a quiet day the waits begin anew. */
const WAITS_FORGOTTEN_S = 86_400

/** True when a password failed on so many addresses within this hour that it is no mistake of their owners. */
export async function isPasswordTriedAround(
  { tx, own, clock }: Pick<Counting, 'tx' | 'own' | 'clock'>,
  password: string,
): Promise<boolean> {
  const most = own.settings.stuffed_addresses
  return (await addressesIn(tx, passwordBucket(own.vault, password, clock.wall.now()), most)) >= most
}

/** Counts a wrong password of an address, known or not, and slows its network source when it is one of too many. */
export async function countGuess({ tx, own, clock, caller }: Counting, { email_hash, password }: Guess): Promise<void> {
  const now = clock.wall.now()
  const { ip_hash } = caller
  const most = own.settings.stuffed_addresses
  const buckets = [passwordBucket(own.vault, password, now)]
  if (ip_hash !== null) buckets.push(`${hourOf(now)}:S:${own.vault.guessHash(ip_hash)}`)
  let isStuffing = false
  for (const bucket of buckets) {
    const tag = own.vault.guessHash(`${bucket}:${email_hash}`).slice(0, 16)
    await tx`
      insert into guessed_addresses (bucket, address_tag, hour) values (${bucket}, ${tag}, ${now}) on conflict do nothing`
    isStuffing ||= (await addressesIn(tx, bucket, most)) >= most
  }
  if (isStuffing && ip_hash !== null) await slowSource(tx, ip_hash, now)
}

/** Makes a source wait a minute, and twice as long each further time, up to an hour. Its row is there: the failure was counted in it. */
async function slowSource(tx: Counting['tx'], ip_hash: string, now: Date): Promise<void> {
  const since = secondsAfter(now, -WAITS_FORGOTTEN_S)
  const [row] = await tx<{ times_slowed: number }[]>`
    update source_attempts set times_slowed = case when slowed_until > ${since} then times_slowed + 1 else 1 end
    where ip_hash = ${ip_hash} returning times_slowed`
  const wait_s = Math.min(FIRST_WAIT_S * 2 ** ((row?.times_slowed ?? 1) - 1), LONGEST_WAIT_S)
  await tx`update source_attempts set slowed_until = ${secondsAfter(now, wait_s)} where ip_hash = ${ip_hash}`
}

/** How many addresses failed in a bucket; counted up to `most`. */
async function addressesIn(sql: Queryable, bucket: string, most: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (select 1 from guessed_addresses where bucket = ${bucket} limit ${most}) one`
  return row?.count ?? 0
}

function passwordBucket(vault: Vault, password: string, now: Date): string {
  const hour = hourOf(now)
  return `${hour}:P:${vault.guessHash(`${hour}:${password.normalize('NFC')}`).slice(0, PASSWORD_PREFIX)}`
}

function hourOf(now: Date): number {
  return Math.floor(now.getTime() / HOUR_MS)
}
