import { SettingsRefused } from '#libs/config/settings.ts'

const FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/

/** The moment that an option names. It says its time zone: a restore to the second is not to depend on where it is typed. */
export function momentOf(option: string, text: string): Date {
  const moment = new Date(text)
  if (FORM.test(text) && !Number.isNaN(moment.getTime())) return moment
  throw new SettingsRefused(`${option}: "${text}" is no moment with its time zone; give one like 2026-11-22T09:30:00Z`)
}
