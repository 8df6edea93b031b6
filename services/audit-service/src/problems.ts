import { defineProblems } from '#libs/problem/problem.ts'

export const problems = defineProblems({
  CURSOR_WRONG: [400, 'The cursor is none that this list gave out'],
  ACT_NOT_FOUND: [404, 'The trail has no act with this id'],
  ACT_ID_WRONG: [422, 'The id of an act is no UUIDv7 of a time that was'],
  CHANGE_UNREADABLE: [409, 'What this act changed does not open: it was altered, or its key is gone'],
})
