import { useEffect } from 'react'

/** Names the page in the window's title, and gives its heading the focus so that screen readers hear where they are. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · BankFlow`
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [title])
}
