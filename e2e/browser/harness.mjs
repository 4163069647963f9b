// A real browser for the end-to-end tests: Debian's Chromium, driven by playwright-core.
//
//   const { page, seen, close } = await open({ origin: 'http://127.0.0.1:8080', javaScript: false });
//   await page.goto('/sign-in');
//   console.log(await axe(page), complaints(seen));
//   await close();      // this context
//   await quit();       // the browser, once, at the end
//
// Packages come from the folder that GRANTD_PEERS names, otherwise from beside this file.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const peers = process.env.GRANTD_PEERS;
const packages = createRequire(peers ? join(peers, 'node', 'package.json') : import.meta.url);
const { chromium } = packages('playwright-core');
const axeSource = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');

// What playwright-core does not pass by itself, and what we would miss if it ceased to.
const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  // Chromium itself still asks for accounts.google.com and others, which no event tells.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

let browser;

// One browser for all contexts. Its user data folder is new, below the temporary folder, and
// removed by `quit`.
async function launched() {
  browser ??= chromium.launch({ executablePath: '/usr/bin/chromium', args: flags, timeout: 60_000 });
  return browser;
}

export async function quit() {
  const closing = browser;
  browser = undefined;
  await (await closing)?.close();
}

// Per page: the DevTools session that `axe` uses, whether scripts are on, light or dark.
const pages = new WeakMap();

// A context of its own (cookies, cache, storage) with one page. `cookies` are
// [{ name, value, httpOnly, secure, ... }] for `origin`; what else is given goes to playwright's newContext.
export async function open({
  origin, javaScript = true, scheme = 'light', width = 1440, height = 900, timezone = 'UTC',
  cookies = [], ...more
}) {
  const context = await (await launched()).newContext({
    baseURL: origin,
    javaScriptEnabled: javaScript,
    colorScheme: scheme,
    viewport: { width, height },
    timezoneId: timezone,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    serviceWorkers: 'block', // Requests that a worker makes are seen by nobody.
    ...more,
  });
  context.setDefaultTimeout(30_000);
  // Chromium sends `Secure` cookies to loopback over plain http, but sets them by an https address only.
  const url = (cookie) => (cookie.secure ? origin.replace(/^http:/, 'https:') : origin);
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, url: url(cookie) })));
  const seen = record(context, new URL(origin).origin);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  pages.set(page, { session, javaScript, scheme });
  session.on('Audits.issueAdded', ({ issue }) => {
    const details = issue.details.contentSecurityPolicyIssueDetails;
    if (!details) return;
    const at = details.sourceCodeLocation;
    const what = details.blockedURL ?? details.contentSecurityPolicyViolationType;
    seen.csp.push(`${details.violatedDirective} refuses ${what}${at ? ` (${at.url})` : ''}`);
  });
  await session.send('Audits.enable');
  return { context, page, seen, close: () => context.close() };
}

// What happens in a context, each a list of lines. Violations of the Content-Security-Policy come
// from DevTools' audits: unlike `securitypolicyviolation` they come with scripts off too, and unlike
// the console they tell an eval() that the page caught. Pages beyond the first (pop-ups) have the
// console's line.
function record(context, origin) {
  const seen = { console: [], csp: [], errors: [], failed: [], foreign: [] };
  const foreign = (url) => {
    const { protocol, host } = new URL(url);
    const local = ['data:', 'blob:', 'about:'].includes(protocol);
    // A WebSocket has an origin of its own kind: compare what it connects to.
    if (!local && `${protocol.replace('ws', 'http')}//${host}` !== origin) seen.foreign.push(url);
  };
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    const at = message.location().url;
    const csp = /content security policy/i.test(message.text());
    if (csp && pages.has(message.page())) return;
    (csp ? seen.csp : seen.console).push(`${message.text()}${at ? ` (${at})` : ''}`);
  });
  context.on('weberror', (error) => seen.errors.push(String(error.error().stack ?? error.error())));
  context.on('request', (request) => foreign(request.url()));
  context.on('requestfailed', (request) => {
    if (request.existingResponse()) return; // Answered, the body not read.
    if (request.failure()?.errorText === 'net::ERR_ABORTED') return; // Another page was asked for meanwhile.
    seen.failed.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  context.on('response', (response) => {
    if (response.status() < 400) return;
    seen.failed.push(`${response.request().method()} ${response.url()}: ${response.status()}`);
  });
  context.on('page', (page) => page.on('websocket', (socket) => foreign(socket.url())));
  return seen;
}

// Everything recorded, as lines; empties the lists, so that a test can go on from here.
export function complaints(seen) {
  return Object.entries(seen).flatMap(([kind, lines]) => lines.splice(0).map((line) => `${kind}: ${line}`));
}

// axe takes all that is in <noscript> for hidden, which is wrong where scripts are off.
const hidden = '"style","script","noscript","template"';
if (!axeSource.includes(hidden)) throw new Error('axe-core has changed: where does it skip noscript?');
const axeNoScript = axeSource.replaceAll(hidden, '"style","script","template"');

const rules = [
  'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice',
];

// For axe's world where scripts are off: axe defers its work with setTimeout(…, 0), which an
// animation frame does as well; what waits for seconds is its own time-outs, left out.
const frameTimers = `globalThis.setTimeout = (work, ms = 0, ...given) =>
  ms < 1000 ? requestAnimationFrame(() => work(...given)) : 0; 0`;

// axe-core's violations, a line for each element: rule, target, excerpt, help.
//
// It runs in an isolated world, which is not bound by the page's Content-Security-Policy, leaves
// nothing in the page and has the real clock where a test has set page.clock. Frames are not looked
// into. Where scripts are off, promises and frames still come, but timers do not: `frameTimers`.
export async function axe(page) {
  const { session, javaScript } = pages.get(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'axe',
  });
  const run = async (expression) => {
    const { result, exceptionDetails: thrown } = await session.send('Runtime.evaluate', {
      expression, contextId, awaitPromise: true, returnByValue: true,
    });
    if (thrown) throw new Error(`axe: ${thrown.exception?.description ?? thrown.text}`);
    return result.value;
  };
  const options = { runOnly: rules, resultTypes: ['violations'], iframes: false, preload: false };
  if (!javaScript) await run(frameTimers);
  await run(`${javaScript ? axeSource : axeNoScript};0`);
  const found = await run(`axe.run(document, ${JSON.stringify(options)}).then((r) => r.violations)`);
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ target, html }) => (
    `${id} | ${target.flat().join(' ')} | ${html.replace(/\s+/g, ' ').slice(0, 120)} | ${help}`
  )));
}

export const sizes = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];

// Pictures of the whole page, light and dark, wide and narrow: FOLDER/NAME-SCHEME-WIDTH.png. The
// page stays loaded, with what was typed; afterwards it is as before.
export async function shoot(page, name, folder = 'shots') {
  await mkdir(folder, { recursive: true });
  const before = page.viewportSize();
  const files = [];
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      const path = join(folder, `${name}-${colorScheme}-${size.width}.png`);
      await page.screenshot({ path, fullPage: true, animations: 'disabled' });
      files.push(path);
    }
  }
  // Not null: that is the browser's scheme, not the one the context was opened with.
  await page.emulateMedia({ colorScheme: pages.get(page).scheme });
  await page.setViewportSize(before);
  return files;
}

// Lines that name what makes the page scroll sideways at its present width; none is good. What
// scrolls in a box of its own is no fault.
export function noSidewaysScroll(page) {
  return page.evaluate(() => {
    const root = document.scrollingElement;
    const room = root.clientWidth;
    if (root.scrollWidth <= room) return [];
    const clipped = (element) => {
      for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
        if (getComputedStyle(up).overflowX !== 'visible') return true;
      }
      return false;
    };
    const out = (element) => element.getBoundingClientRect().right + scrollX > room + 0.5;
    const culprits = [...document.body.querySelectorAll('*')]
      .filter((element) => out(element) && ![...element.children].some(out) && !clipped(element))
      .map((element) => element.cloneNode(false).outerHTML.slice(0, 120));
    return [`${root.scrollWidth} px wide, ${room} px of room`, ...culprits.slice(0, 5)];
  });
}

const focused = (locator) => locator.evaluate((element) => element === document.activeElement);

// Presses Tab until `locator` has the focus, as somebody without a mouse would.
//
// A group of radio buttons is one stop: the checked one, or the first if none is. See `choose`.
export async function tabTo(page, locator) {
  const stops = [];
  while (!(await focused(locator))) {
    if (stops.length === 80) throw new Error(`80 times Tab did not reach ${locator}: ${stops.join(', ')}`);
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => {
      const { localName, id, name } = document.activeElement ?? {};
      return `${localName}${id ? `#${id}` : name ? `[name=${name}]` : ''}`;
    }));
  }
}

// Checks a radio button by keyboard: Tab to the stop of its group, then arrow down, which goes
// round. An arrow key checks what it reaches; Space is for when none was checked.
export async function choose(page, radio) {
  const name = await radio.getAttribute('name');
  const form = page.locator('form').filter({ has: radio });
  const group = (await form.count()) ? form.last() : page.locator('body');
  const all = group.locator(`input[type=radio][name=${JSON.stringify(name)}]:enabled`);
  const checked = all.and(page.locator(':checked'));
  await tabTo(page, (await checked.count()) ? checked : all.first());
  for (let left = await all.count(); left > 0 && !(await focused(radio)); left -= 1) {
    await page.keyboard.press('ArrowDown');
  }
  if (!(await radio.isChecked())) await page.keyboard.press('Space');
  if (!(await radio.isChecked())) throw new Error(`the arrow keys did not reach ${radio}`);
}
