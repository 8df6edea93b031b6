import { createTheme, type Theme } from '@mui/material/styles'

/** The looks of the bank, light and dark by the device's choice. */
export const theme: Theme = createTheme({
  cssVariables: true,
  colorSchemes: {
    light: { palette: { primary: { main: '#0b5d53' }, background: { default: '#f5f7f6' } } },
    dark: { palette: { primary: { main: '#6fd0bf' }, background: { default: '#101514', paper: '#182120' } } },
  },
  shape: { borderRadius: 10 },
  typography: {
    fontFamily: 'Roboto, system-ui, sans-serif',
    h1: { fontSize: '1.75rem', fontWeight: 500 },
    h2: { fontSize: '1.25rem', fontWeight: 500 },
    button: { textTransform: 'none', fontWeight: 500 },
  },
  components: {
    // Whoever asked the device for less motion gets none here.
    MuiCssBaseline: {
      styleOverrides: {
        '@media (prefers-reduced-motion: reduce)': {
          '*, *::before, *::after': { transitionDuration: '0s !important', animationDuration: '0s !important' },
        },
      },
    },
    MuiButton: { defaultProps: { disableElevation: true }, styleOverrides: { root: { minHeight: 44 } } },
    // A heading takes the focus so that screen readers hear it; nobody can do anything with it.
    MuiTypography: { styleOverrides: { h1: { '&:focus': { outline: 'none' } } } },
    MuiPaper: { defaultProps: { variant: 'outlined' } },
  },
})
