import type { FactorWord } from '#contracts/enums.ts'
import { randomToken } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import type { RawRequest } from '#libs/http/raw-messages.ts'
import { decode, encode } from '#libs/json/json.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import type { Chosen } from '../pages/chosen.ts'
import { problems } from '../problems.ts'
import type { PageVisitRow } from '../tables.ts'
import type { Offer } from './challenge-offers.ts'
import { withMoney } from './consents/records.ts'

/** The browser's own secret: what it began, it alone goes on with. No domain beside ours can set it (`__Host-`). */
const BROWSER_COOKIE = '__Host-bf_page'
/** By what a browser that somebody signed in with before is known again: its failures are counted apart from everybody else's. */
const DEVICE_COOKIE = '__Host-bf_page_device'
// Lax, not Strict: the browser comes from the third party's page.
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const DEVICE_DAYS = 180

/** Who sits before the page. */
export interface Browser {
  secret: string
  device_id: string
  /** What it is given with the answer. */
  set_cookies: string[]
}

/** The browser of a request; one that was never here is given its cookies. */
export function browserOf(request: Pick<RawRequest, 'headers'>): Browser {
  const kept = cookieIn(request, BROWSER_COOKIE)
  const secret = kept ?? randomToken()
  const device_id = cookieIn(request, DEVICE_COOKIE) ?? randomToken()
  return { secret, device_id, set_cookies: kept === null ? [`${BROWSER_COOKIE}=${secret}; ${ATTRIBUTES}`] : [] }
}

/** The cookie by which the browser is known again; set once somebody has signed in with it. */
export function deviceCookie({ device_id }: Browser): string {
  return `${DEVICE_COOKIE}=${device_id}; ${ATTRIBUTES}; Max-Age=${DEVICE_DAYS * 86_400}`
}

function cookieIn({ headers }: Pick<RawRequest, 'headers'>, name: string): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key, value = ''] = pair.trim().split('=', 2)
    if (key === name && /^[A-Za-z0-9_-]{43}$/.test(value)) return value
  }
  return null
}

/** How far somebody has come. */
export interface Visit {
  uid_hash: string
  challenge_id: string | null
  /** How the challenge was last asked, and all that it can be answered with. */
  offer: { asked: Offer; factors: FactorWord[] } | null
  chosen: Chosen | null
}

type Visiting = Pick<WriteContext<Own>, 'tx' | 'own'>
type Opening = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock'>

/**
 * The visit of this browser to an interaction, locked until the transaction ends; it begins with the first look. INTERACTION_GONE when its time is over, and for any other
 * browser than the first (session fixation: who sends somebody his own address gets nothing from it).
 */
export async function openVisit(
  { tx, own, clock }: Opening,
  { uid, expires_at }: { uid: string; expires_at: number },
  browser: Browser,
): Promise<Visit> {
  const uid_hash = own.vault.pageHash('uid', uid)
  const browser_hash = own.vault.pageHash('browser', browser.secret)
  await tx`
    insert into page_visits (uid_hash, browser_hash, expires_at)
    values (${uid_hash}, ${browser_hash}, ${new Date(expires_at * 1000)}) on conflict (uid_hash) do nothing`
  const [row] = await tx<PageVisitRow[]>`select * from page_visits where uid_hash = ${uid_hash} for update`
  if (row?.browser_hash !== browser_hash || row.expires_at <= clock.wall.now())
    throw new Problem(problems.INTERACTION_GONE)
  const chosen = opened<Chosen>(own, row.chosen_encrypted, placeOf('chosen', uid_hash))
  return {
    uid_hash,
    challenge_id: row.challenge_id,
    offer: opened<NonNullable<Visit['offer']>>(own, row.offer_encrypted, placeOf('offer', uid_hash)),
    chosen: chosen && { ...chosen, details: withMoney(chosen.details) },
  }
}

/** Keeps how far somebody has come. */
export async function keepVisit(
  { tx, own }: Visiting,
  { uid_hash, challenge_id, offer, chosen }: Visit,
): Promise<void> {
  const sealed = (what: string, value: unknown): string | null =>
    value === null ? null : own.vault.fields.seal(encode(value), placeOf(what, uid_hash))
  await tx`
    update page_visits set challenge_id = ${challenge_id}, offer_encrypted = ${sealed('offer', offer)},
      chosen_encrypted = ${sealed('chosen', chosen)}
    where uid_hash = ${uid_hash}`
}

/** Takes a visit back to where nothing was asked or chosen; the challenge that it had is worth nothing any more. */
export async function forgetChallenge(visiting: Visiting, visit: Visit): Promise<void> {
  // What a telephone was asked stays counted until its time is over: nobody is asked again and again until he says yes.
  await visiting.tx`
    update challenges set state = 'DENIED' where challenge_id = ${visit.challenge_id} and pushed_at is not null and state <> 'USED'`
  await visiting.tx`delete from challenges where challenge_id = ${visit.challenge_id} and pushed_at is null`
  await keepVisit(visiting, { ...visit, challenge_id: null, offer: null, chosen: null })
}

function opened<Value>(own: Own, sealed: string | null, place: string): Value | null {
  return sealed === null ? null : (decode(own.vault.fields.open(sealed, place)) as Value)
}

function placeOf(what: string, uid_hash: string): string {
  return `page_visits.${what}/${uid_hash}`
}

/** The token in every form of an interaction: of this browser and this interaction alone. */
export function formToken(own: Own, uid: string, browser: Browser): string {
  return own.vault.pageHash('form', `${uid}:${browser.secret}`)
}
