import { defineProblems } from '#libs/problem/problem.ts'

/** The refusals of notification-service. */
export const problems = defineProblems({
  CURSOR_WRONG: [400, 'This cursor was not given out by the list'],
  NOTIFICATION_NOT_FOUND: [404, 'There is no such notification'],
  USER_NOT_FOUND: [404, 'There is no such user'],
  TEMPLATE_NOT_FOUND: [404, 'There is no such template'],
  MANDATORY_NOTICE: [422, 'Notices of this kind go out by e-mail, whatever one prefers'],
  TEMPLATE_VARIABLE_UNKNOWN: [422, 'The text uses a name that this template does not have'],
  CHANNEL_NOT_CONFIGURED: [422, 'The bank has no way to send by this channel'],
  ADDRESS_MISSING: [422, 'The user has no address for this channel'],
  TOO_MANY_STREAMS: [429, 'This user has as many streams open as a user may have'],
})
