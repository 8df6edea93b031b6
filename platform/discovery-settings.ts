import { type Setting, text } from '#libs/config/kinds.ts'

const ONE = String.raw`https?:\/\/(?:\[[0-9a-fA-F:]+\]|[\w.-]+)(?::\d{1,5})?(?:\/[\w./-]*)?`
const ADDRESSES = new RegExp(`^(?:${ONE}(?:,${ONE}){0,31}|dns:\\/\\/[\\w.-]+:\\d{1,5})$`)

/** Where a service is reached that runs in other processes: an address, several of its instances with commas, or a name that has them all. */
export function addresses(told: { env: string; describe: string }): Setting<string | undefined> {
  return text({
    ...told,
    default: undefined,
    max_length: 2_000,
    pattern: ADDRESSES,
    form: 'http://host:port, several of them with commas, or dns://name:port',
  })
}
