/** Members of a JSON object as fields of a form; what is no text stands in it as JSON. A body that is no object is empty. */
export function formOf(text: string): URLSearchParams {
  const form = new URLSearchParams()
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return form
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return form
  for (const [name, value] of Object.entries(body))
    form.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  return form
}
