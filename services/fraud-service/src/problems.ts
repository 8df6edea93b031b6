import { defineProblems } from '#libs/problem/problem.ts'

export const problems = defineProblems({
  FRAUD_CHECK_NOT_FOUND: [404, 'No check of this transaction'],
  RULE_WINDOW_REQUIRED: [422, 'A velocity is measured over a window of at least one second'],
})
