// [node]
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Observable } from 'rxjs';
import { VERSION } from '../../version.ts';
import type { RouterStats } from '../stats.ts';
import { assertPath, pathOf } from './request-path.ts';
import { drawStatus, firstView, statusViews } from './status-view.ts';
import type { Answer } from './web-server.ts';

/** Options of the status page. */
export interface StatusPageOptions {
  /** Where it is. It may be the path of the WebSocket, too. @default '/' */
  readonly path?: string | undefined;
}

/** What the page tells of. */
export interface StatusSource {
  stats(): RouterStats;
  readonly stats$: Observable<RouterStats>;
}

/** Pages that are kept current at a time: each holds a connection and a timer. */
const MAX_VIEWERS = 32;

const STYLE = `
:root { color-scheme: light dark; --ground: light-dark(#f5f6f8, #12151b); --card: light-dark(#fff, #1b2029); --line: light-dark(#e1e4ea, #2b323e);
  --text: light-dark(#171b22, #e9edf3); --soft: light-dark(#636b78, #8f9aab); --accent: light-dark(#b0126b, #ff5fae); --warn: light-dark(#b45309, #fbbf24) }
* { box-sizing: border-box; margin: 0 }
body { background: var(--ground); color: var(--text); font: 15px/1.4 system-ui, sans-serif; padding: clamp(1rem, 4vw, 3rem) }
body > * { max-width: 68rem; margin-inline: auto }
header { display: flex; align-items: baseline; gap: .75rem; margin-bottom: 1.5rem }
h1 { font-size: 1.5rem; letter-spacing: -.02em }
h1 span { color: var(--accent) }
header p { color: var(--soft) }
header .live { margin-left: auto; font-size: .85rem }
.live::before { content: ''; display: inline-block; width: .55em; height: .55em; border-radius: 50%; margin-right: .5em; background: var(--soft) }
[data-live=on] .live::before { background: #22c55e }
[data-live=off] .live { color: var(--warn) }
[data-live=off] .live::before { background: var(--warn) }
[data-live=off] main { opacity: .5 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin-bottom: .75rem }
.wide { grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)) }
.tile, .realms { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.15rem; overflow: hidden }
h2 { font-size: .8rem; font-weight: 500; color: var(--soft) }
.value { font-size: 2rem; font-weight: 600; letter-spacing: -.03em; font-variant-numeric: tabular-nums }
.value small { font-size: .85rem; font-weight: 400; letter-spacing: 0; color: var(--soft) }
.small .value { font-size: 1.25rem }
.warn .value { color: var(--warn) }
.note { font-size: .8rem; color: var(--soft) }
svg { display: block; width: 100%; height: 4rem; margin: .5rem 0 }
polyline { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke }
.realms { padding: .25rem 0; overflow-x: auto }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .55rem .8rem; text-align: right; white-space: nowrap }
th:first-child { text-align: left; padding-left: 1.15rem }
thead th { font-size: .8rem; font-weight: 500; color: var(--soft) }
tbody tr { border-top: 1px solid var(--line) }
footer { margin-top: 1rem; color: var(--soft); font-size: .85rem }
`;

const SCRIPT = `
const [root, main, live] = [document.documentElement, document.querySelector('main'), document.querySelector('.live')];
const tell = (state, words) => { root.dataset.live = state; live.textContent = words; };
const source = new EventSource(location.pathname);
source.onmessage = ({ data }) => { main.innerHTML = JSON.parse(data); tell('on', 'live'); };
source.onerror = () => tell('off', 'not connected');
`;

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'Referrer-Policy': 'no-referrer',
  'Vary': 'Accept',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * A page that shows what a router has and does, and keeps itself current; the same as JSON for `Accept: application/json`. It asks for no
 * password and shows no secrets: numbers, the names of the realms, and the version.
 */
export function statusPage(source: StatusSource, { path = '/' }: StatusPageOptions = {}): Answer {
  assertPath(path, 'status.path');
  const viewers = new Set<ServerResponse>();

  return (request, response) => {
    const { method = '', headers: { accept = '' } } = request;
    if (pathOf(request) !== path) return false;
    if (method !== 'GET' && method !== 'HEAD') send(response, 405, 'text/plain', 'the status is only read\n', { Allow: 'GET, HEAD' });
    else if (method === 'GET' && accept.includes('text/event-stream')) follow(source, response, viewers);
    else if (accept.includes('application/json') && !accept.includes('text/html')) send(response, 200, 'application/json', json(source.stats()));
    else send(response, 200, 'text/html', page(source.stats()));
    return true;
  };
}

function send(response: ServerResponse, status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': `${type}; charset=utf-8`, 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** Sends what is to be drawn as it changes ("Server-sent events"), for as long as somebody looks. */
function follow({ stats$ }: StatusSource, response: ServerResponse, viewers: Set<ServerResponse>): void {
  if (viewers.size >= MAX_VIEWERS) return send(response, 503, 'text/plain', `at most ${MAX_VIEWERS} pages can be kept current\n`);
  viewers.add(response);
  response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' });
  const drawing = statusViews(stats$).subscribe({
    // Who reads slowly sees the next one: nothing waits in memory.
    next: (view) => { if (!response.writableNeedDrain) response.write(`data: ${JSON.stringify(drawStatus(view))}\n\n`); },
    complete: () => response.end(),
  });
  response.once('close', () => {
    viewers.delete(response);
    drawing.unsubscribe();
  });
}

function json(stats: RouterStats): string {
  return `${JSON.stringify({ version: VERSION, ...stats }, undefined, 2)}\n`;
}

function page(stats: RouterStats): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>rxwamp router</title>
<noscript><meta http-equiv="refresh" content="5"></noscript>
<style>${STYLE}</style>
</head>
<body>
<header><h1><span>rx</span>wamp router</h1><p>${VERSION}</p><p class="live">every 5 s</p></header>
<main>${drawStatus(firstView(stats))}</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
