import type { Client } from '#libs/contract/client.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { invariant, Problem, platformProblems } from '#libs/problem/problem.ts'
import { currentTrace, newTrace } from '#libs/telemetry/context.ts'
import type { Own } from './config.ts'
import type { Channel } from './domain/preferences.ts'
import { outgoingNotice } from './jobs/queues.ts'
import { problems } from './problems.ts'
import { addressOf, userOf } from './store/addressees.ts'
import { tell } from './store/notices.ts'
import { templatesOf } from './store/templates.ts'
import type { TemplateRow } from './tables.ts'

interface Input {
  body: { user_id: string; template_id: string; variables?: Record<string, string> }
}

/** The beats of sending one user one notification by one channel. */
export function sendBy(channel: Channel) {
  return {
    /** Whether he is somebody, and can be reached; the address is asked for again when it goes out. */
    async ask({ body }: Input, { call, own }: Pick<Client, 'call'> & { own: Own }): Promise<undefined> {
      if (!own.post.canSend(channel)) throw new Problem(problems.CHANNEL_NOT_CONFIGURED)
      const user = await userOf({ call }, body.user_id)
      if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
      if ((await addressOf({ call }, user, channel)) === undefined) throw new Problem(problems.ADDRESS_MISSING)
    },

    /** Writes it into the list and enqueues its delivery; what the template needs must be given. */
    async run({ body }: Input, context: WriteContext<Own>) {
      const { tx, own, clock, mintId, afterCommit, changed } = context
      const { user_id, template_id, variables = {} } = body
      const template = [...(await templatesOf(tx, [template_id])).values()][0]
      if (template === undefined) throw new Problem(problems.TEMPLATE_NOT_FOUND)
      checkVariables(template, variables)
      const about = { subject_type: 'message' as const, subject_id: null, values: variables }
      const when = { at: clock.wall.now(), is_history: false, trace: currentTrace() ?? newTrace() }
      const notice = { user_id, template_id, ...about, ...when, event_id: mintId(), channels: [channel] }
      const [written] = await tell([notice], context)
      const [delivery] = written?.deliveries ?? []
      invariant(written !== undefined && delivery !== undefined, 'a new notice is written with its delivery')
      // To whom and which; the words stand in the notification.
      changed({ before: null, after: { user_id, template_id, channel } })
      afterCommit(() => {
        own.queues.nudge(outgoingNotice)
        own.live.nudge()
      })
      return { notification_id: written.row.notification_id, status: delivery.status }
    },
  }
}

function checkVariables({ variables: names }: TemplateRow, given: Readonly<Record<string, string>>): void {
  const missing = names.filter((name) => given[name] === undefined)
  const unknown = Object.keys(given).filter((name) => !names.includes(name))
  const errors = [
    ...missing.map((name) => ({ pointer: `/variables/${name}`, detail: 'is required by the template' })),
    ...unknown.map((name) => ({ pointer: `/variables/${name}`, detail: 'is no name of the template' })),
  ]
  if (errors.length > 0) throw new Problem(platformProblems.VALIDATION_FAILED, { errors })
}
