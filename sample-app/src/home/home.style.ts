export const STYLE = `
:root { color-scheme: light dark; --ink: #23302a; --soft: #66756d; --paper: #f6f5ef; --card: #fffefb; --line: #e2e0d5; --leaf: #3c7a4e; --bad: #a8382f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebe6; --soft: #97a59d; --paper: #141a17; --card: #1c2420; --line: #2d3832; --leaf: #7cc48f; --bad: #f08a80; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 3rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
header, main { max-width: 62rem; margin: 0 auto; }
h1 { margin: 0; font: 600 2.3rem/1.2 Georgia, serif; letter-spacing: -.01em; }
header p { max-width: 44rem; margin: .6rem 0 2rem; color: var(--soft); }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.25rem; }
section { padding: 1.4rem 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; min-width: 0; }
h2 { display: flex; gap: .6rem; align-items: center; margin: 0 0 .9rem; font-size: 1.1rem; }
h2 b { width: 1.6rem; height: 1.6rem; border-radius: 50%; background: var(--leaf); color: var(--card); font-size: .9rem; line-height: 1.6rem; text-align: center; }
label { display: block; margin-bottom: .8rem; color: var(--soft); font-size: .88rem; }
input, textarea { display: block; width: 100%; margin-top: .2rem; padding: .5rem .65rem; border: 1px solid var(--line); border-radius: 7px; background: var(--paper); color: var(--ink); font: inherit; }
textarea { resize: vertical; }
:focus-visible { outline: 2px solid var(--leaf); outline-offset: 1px; }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: .8rem; }
button { padding: .5rem 1.1rem; border: 0; border-radius: 7px; background: var(--leaf); color: var(--card); font: 600 .95rem system-ui, sans-serif; cursor: pointer; }
output { margin-left: .6rem; color: var(--soft); font-size: .9rem; }
.bad { color: var(--bad); }
.hint { margin: 0 0 .8rem; color: var(--soft); font-size: .9rem; }
ul { margin: 0; padding: 0; list-style: none; }
ul li { display: flex; justify-content: space-between; gap: 1rem; padding: .4rem 0; border-top: 1px solid var(--line); }
ul a { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
ul span { flex: none; color: var(--soft); font-variant-numeric: tabular-nums; }
ol { margin: .9rem 0 0; padding-left: 1.2rem; font-size: .93rem; overflow-wrap: anywhere; }
a { color: var(--leaf); }
code, pre { font: .86rem/1.6 ui-monospace, Menlo, monospace; }
pre { margin: 0; overflow-x: auto; }
`;
