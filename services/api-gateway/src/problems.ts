import { defineProblems } from '#libs/problem/problem.ts'

/** Why the edge refuses what no operation would. */
export const problems = defineProblems({
  TWO_CREDENTIALS: [400, 'Send a session cookie or a token, not both'],
  CROSS_SITE_REFUSED: [403, 'This request must come from a page of the bank'],
  HISTORY_LOADING: [503, 'The history of the demo bank is still being made'],
})
