import type { RawContext } from '#libs/http/implement.ts'
import { isAway } from '#libs/http/problem-reply.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { readInteraction } from '../oauth/interactions.ts'
import { browserOf, formToken, openVisit, type Visit } from '../store/page-visits.ts'
import { choiceView, consentStep, consentView } from './consent-steps.ts'
import { beginAnew, type Desk, show } from './desk.ts'
import { fieldsOf } from './forms.ts'
import { type Page, pageReply } from './layout.ts'
import { leavePage, noticePage } from './notice-page.ts'
import type { Wrong } from './parts.ts'
import { signInField, signInStep, signInView } from './sign-in-steps.ts'
import type { Words } from './words/words.ts'
import { wordsFor } from './words.ts'

/** Shows how far this browser has come with an interaction. */
export function showInteraction(request: RawRequest, context: RawContext<Own>): Promise<RawReply> {
  return atDesk(request, context, async (desk) => show(desk, await present(desk, await visitOf(desk), null)))
}

/** Takes one step of an interaction: a form that this bank's own page sent. What is refused is said on the page, and can be done again. */
export function stepInteraction(request: RawRequest, context: RawContext<Own>): Promise<RawReply> {
  return atDesk(request, context, async (desk) => {
    const { interaction, browser } = desk
    const fields = fieldsOf(request, context.own, interaction.uid, browser)
    try {
      return await (interaction.prompt === 'login' ? signInStep(desk, fields) : consentStep(desk, fields))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return refused(desk, fields, error)
    }
  })
}

async function atDesk(
  request: RawRequest,
  context: RawContext<Own>,
  work: (desk: Desk) => Promise<RawReply>,
): Promise<RawReply> {
  let words = wordsFor(null, request.headers['accept-language'])
  try {
    const interaction = await readInteraction(context, request)
    words = wordsFor(interaction.ui_locales, request.headers['accept-language'])
    const browser = browserOf(request)
    const token = formToken(context.own, interaction.uid, browser)
    return await work({ request, context, interaction, browser, at: { words, path: request.path, token } })
  } catch (error) {
    const page = pageOf(words, error)
    if (page === null) throw error
    return pageReply(page, { words, redirect_origin: null, set_cookies: [] })
  }
}

function visitOf({ context, interaction, browser }: Desk): Promise<Visit> {
  return context.act((acting) => openVisit(acting, interaction, browser))
}

async function present(desk: Desk, visit: Visit, wrong: Wrong | null): Promise<Page> {
  return desk.interaction.prompt === 'login' ? signInView(desk, visit, wrong) : consentView(desk, visit, wrong)
}

/** Problems after which there is nothing to go on with on this page. */
const ENDED = new Set(['CHALLENGE_GONE', 'APPROVAL_DENIED', 'ACCOUNT_LOCKED'])

/** The page again, with what was wrong; a challenge that is over is forgotten, so that one can begin anew. */
async function refused(desk: Desk, fields: URLSearchParams, { kind }: Problem): Promise<RawReply> {
  const { at, context, interaction, browser } = desk
  const { words } = at
  if (kind.code === 'CUSTOMERS_ONLY' || kind.code === 'FACTOR_MISSING') return show(desk, stopPage(desk, kind.code))
  const message = words.wrong[kind.code]
  if (message === undefined) throw new Problem(kind)
  const visit = await context.act(async (acting) => {
    const found = await openVisit(acting, interaction, browser)
    if (!ENDED.has(kind.code) || found.challenge_id === null) return found
    await beginAnew(acting, found)
    return openVisit(acting, interaction, browser)
  })
  const wrong = { message, field: signInField(kind.code) }
  if (interaction.prompt === 'login')
    return show(desk, signInView(desk, visit, wrong, fields.get('email') ?? undefined))
  return show(
    desk,
    await (visit.challenge_id === null ? choiceView(desk, fields, wrong) : consentView(desk, visit, wrong)),
  )
}

function stopPage({ at }: Desk, code: 'CUSTOMERS_ONLY' | 'FACTOR_MISSING'): Page {
  const { words } = at
  if (code === 'CUSTOMERS_ONLY') return leavePage(at, { status: 403, title: words.something_wrong, text: words.staff })
  return leavePage(at, { status: 403, title: words.no_factor_title, text: words.no_factor })
}

/** What somebody is told who cannot go on; null for a failure of ours, which is answered like anywhere else. */
function pageOf(words: Words, error: unknown): Page | null {
  if (isAway(error)) return noticePage({ status: 503, title: words.away_title, text: words.away })
  if (!(error instanceof Problem)) return null
  const { code, status } = error.kind
  if (code === 'INTERACTION_GONE') return noticePage({ status, title: words.gone_title, text: words.gone })
  if (code === 'CUSTOMERS_ONLY') return noticePage({ status, title: words.something_wrong, text: words.staff })
  if (status >= 400 && status < 500)
    return noticePage({ status, title: words.wrong_form_title, text: words.wrong_form })
  return null
}
