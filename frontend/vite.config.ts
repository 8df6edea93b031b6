import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The app is built into `dist`; while working on it, `/api` and `/sandbox` go to the bank beside it. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, target: 'es2023', reportCompressedSize: false },
  server: {
    port: 5173,
    proxy: { '/api': { target: 'http://localhost:8080' }, '/sandbox': { target: 'http://localhost:8080' } },
  },
})
