import createCache from '@emotion/cache'
import { CacheProvider } from '@emotion/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'react-redux'
import { BrowserRouter } from 'react-router'
import { App } from './app/app.tsx'
import { store } from './app/store.ts'
import './app/fonts.css'

// The page's policy lets in no style without the nonce of this answer.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
const styles = createCache({ key: 'bf', nonce, prepend: true })

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <CacheProvider value={styles}>
      <Provider store={store}>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </Provider>
    </CacheProvider>
  </StrictMode>,
)
