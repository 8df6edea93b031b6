import { Html } from './html.ts'

/** The looks of the bank's own pages, in the colours of its web app: light and dark by the device's choice, down to 320 pixels. */
export const STYLE: Html = new Html(`
:root{color-scheme:light dark;--primary:#0b5d53;--on-primary:#fff;--page:#f5f7f6;--paper:#fff;--text:#1b2322;--soft:#52605d;--line:#c9d3d0;--field:#6d7a77;--bad:#b3261e;--bad-page:#fdecea;--note:#fff4d9;--note-line:#8a6100}
@media (prefers-color-scheme:dark){:root{--primary:#6fd0bf;--on-primary:#06231f;--page:#101514;--paper:#182120;--text:#e6eceb;--soft:#a9b6b3;--line:#33413e;--field:#82908d;--bad:#ffb4ab;--bad-page:#3a1512;--note:#33290f;--note-line:#e0b64f}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 Roboto,system-ui,sans-serif;overflow-wrap:anywhere}
header{display:flex;align-items:center;gap:.6rem;max-width:33rem;margin:0 auto;padding:1.25rem 1rem .75rem;font-weight:500;font-size:1.15rem}
.mark{display:grid;place-items:center;width:2rem;height:2rem;border-radius:8px;background:var(--primary);color:var(--on-primary);font-weight:700}
main{max-width:33rem;margin:0 auto 2rem;padding:1.5rem;background:var(--paper);border:1px solid var(--line);border-radius:10px}
h1{font-size:1.5rem;line-height:1.25;font-weight:500;margin:0 0 .75rem}
h2{font-size:1.05rem;font-weight:500;margin:1.5rem 0 .5rem}
p{margin:0 0 .75rem}
.soft{color:var(--soft)}
.amount{font-size:2rem;line-height:1.2;font-weight:500;margin:.25rem 0 1rem}
dl{margin:0 0 1rem;border-top:1px solid var(--line)}
dl>div{display:grid;grid-template-columns:minmax(7rem,2fr) 3fr;gap:.25rem .75rem;padding:.55rem 0;border-bottom:1px solid var(--line)}
dt{color:var(--soft)}
dd{margin:0}
ul{margin:.25rem 0 .75rem;padding-left:1.25rem}
form{margin:0}
label{display:block;font-weight:500;margin:1rem 0 .35rem}
input[type=email],input[type=password],input[type=text]{width:100%;min-height:3rem;padding:.6rem .75rem;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--field);border-radius:10px}
input[aria-invalid=true]{border-color:var(--bad);border-width:2px}
fieldset{border:0;margin:1.25rem 0 0;padding:0;min-width:0}
legend{padding:0;font-weight:500;margin-bottom:.35rem}
.choice{display:flex;gap:.75rem;align-items:flex-start;margin:0 0 .5rem;padding:.7rem .75rem;border:1px solid var(--line);border-radius:10px;font-weight:400;cursor:pointer}
.choice:has(:checked){border-color:var(--primary);box-shadow:inset 0 0 0 1px var(--primary)}
.choice input{width:1.25rem;height:1.25rem;margin:.15rem 0 0;accent-color:var(--primary);flex:none}
.choice span{display:block}
.choices{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}
button{flex:1 1 10rem;min-height:3rem;padding:.6rem 1rem;font:inherit;font-weight:500;border-radius:10px;border:2px solid var(--primary);background:var(--primary);color:var(--on-primary);cursor:pointer}
button.other{background:transparent;color:var(--primary)}
button.link{flex:none;min-height:2.75rem;padding:.25rem 0;border:0;background:none;color:var(--primary);text-decoration:underline;text-align:left}
button:disabled{opacity:.5;cursor:not-allowed}
a{color:var(--primary)}
:focus-visible{outline:3px solid var(--primary);outline-offset:2px}
.error{margin:0 0 1.25rem;padding:.75rem 1rem;border-left:4px solid var(--bad);background:var(--bad-page);border-radius:4px}
.error:focus{outline:none}
.error h2{margin:0 0 .25rem}
.error p{margin:0}
.error a{color:inherit}
.note{margin:0 0 1rem;padding:.75rem 1rem;border-left:4px solid var(--note-line);background:var(--note);border-radius:4px}
.number{font-size:2.5rem;font-weight:500;letter-spacing:.2em;margin:.25rem 0 1rem}
@media (max-width:36rem){main{border-left:0;border-right:0;border-radius:0;padding:1.25rem 1rem}header{padding-top:1rem}dl>div{grid-template-columns:1fr;gap:0}}
@media (forced-colors:active){.choice:has(:checked){outline:2px solid Highlight}}
`)
