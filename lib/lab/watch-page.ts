/** The page of `lab.watch()`: one file, nothing loaded from anywhere. Events are written as text, never as HTML. */

export function watchPage(labName: string, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(labName)}: live</title>
<style>
:root { --ground: #fff; --ink: #1c2430; --second: #59636f; --line: #d5dae0; }
@media (prefers-color-scheme: dark) { :root { --ground: #15191e; --ink: #e8ecf1; --second: #a9b3bf; --line: #3d4650; } }
body { margin: 0 auto; padding: 16px; max-width: 900px; background: var(--ground); color: var(--ink);
  font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header { display: flex; gap: 12px; align-items: baseline; }
h1 { font-size: 18px; margin: 0 0 8px; }
h2 { font-size: 15px; margin: 16px 0 8px; }
#state { color: var(--second); }
.scroll { overflow-x: auto; }
table.events { border-collapse: collapse; width: 100%; font-size: 12px; }
table.events th { text-align: left; color: var(--second); font-weight: 600; }
table.events td, table.events th { padding: 2px 12px 2px 0; vertical-align: top; border-bottom: 1px solid var(--line); }
table.events td:not(:last-child) { white-space: nowrap; }
table.events td { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
table.events td:last-child { overflow-wrap: anywhere; }
</style>
</head>
<body>
<header><h1>${escapeHtml(labName)}</h1><span id="state" role="status">connecting</span></header>
<main>
<section id="picture" aria-label="The broker now"></section>
<h2>The last events, newest first</h2>
<div class="scroll"><table class="events"><thead><tr><th>lab time</th><th>node</th><th>event</th><th>particulars</th></tr></thead>
<tbody id="events"></tbody></table></div>
</main>
<script nonce="${nonce}">
const picture = document.getElementById('picture');
const events = document.getElementById('events');
const state = document.getElementById('state');
const source = new EventSource('/live');
source.onopen = () => { state.textContent = 'live'; };
source.onerror = () => { state.textContent = 'no connection to the lab'; };
source.addEventListener('stopped', () => { source.close(); state.textContent = 'the lab is stopped'; });
source.onmessage = (message) => {
  const now = JSON.parse(message.data);
  if (now.problem !== undefined) picture.textContent = now.problem;
  else {
    const open = picture.querySelector('details')?.open === true;
    picture.innerHTML = now.picture;
    if (open) picture.querySelector('details').open = true;
  }
  events.replaceChildren(...now.events.map((cells) => {
    const row = document.createElement('tr');
    for (const cell of cells) row.appendChild(document.createElement('td')).textContent = cell;
    return row;
  }));
};
</script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
