import { defineProblems } from '#libs/problem/problem.ts'

export const problems = defineProblems({
  ALREADY_DECIDED: [409, 'This has been decided already'],
  APPROVAL_NOT_FOUND: [404, 'No such approval'],
  CHANGE_PENDING: [409, 'A change of this setting waits for a second person'],
  CURSOR_WRONG: [400, 'The cursor is none that this list gave out'],
  DEAD_LETTER_NOT_FOUND: [404, 'No such parked event; it may have been handled meanwhile'],
  DECISION_UNDER_WAY: [409, 'Somebody else is deciding this just now'],
  OWN_REQUEST: [403, 'Who asked for it does not decide it; ask a colleague'],
  SERVICE_NOT_FOUND: [404, 'No such service'],
  SETTING_CHANGED: [409, 'The setting was changed meanwhile; look at it again'],
  SETTING_NOT_FOUND: [404, 'No such setting'],
  SETTING_VALUE_WRONG: [422, 'The setting does not take this value'],
  SUBJECT_REFUSED: [409, 'The service that owns it refused the decision'],
  WRONG_ROLE: [403, 'Your role does not decide this'],
})
