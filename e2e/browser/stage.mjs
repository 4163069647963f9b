// What every flow begins and ends with. A flow is told by variables where the console is: CONSOLE_LINK
// (a link that lets in once), SANDBOX_URL (the authorization server with faults to switch on).
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { axe, complaints, noSidewaysScroll, open, quit, shoot, sizes } from './harness.mjs';

export const link = process.env.CONSOLE_LINK;
export const origin = new URL(link).origin;
export const sandbox = process.env.SANDBOX_URL;
export const pictures = process.env.SCREENSHOTS;

// Runs a flow: whatever a page complained of that the flow did not expect fails it.
export async function flow(steps) {
  const visitors = [];
  const visitor = async (options = {}) => {
    const opened = await open({ origin, ...options });
    visitors.push(opened);
    return opened;
  };
  try {
    await steps(visitor);
    for (const { seen } of visitors) assert.deepEqual(complaints(seen), []);
  } catch (error) {
    for (const [n, { page }] of visitors.entries()) {
      console.error(`page ${n + 1}: ${page.url()}`);
      const text = await page.locator('body').innerText({ timeout: 1000 }).catch(() => '');
      console.error(text.slice(0, 3000));
    }
    throw error;
  } finally {
    await quit();
  }
}

// Takes back what the browser logs of an answer that the flow wanted, and nothing else.
export function expected(seen, status) {
  const wanted = (line) => line.includes(`status of ${status} `) || line.endsWith(`: ${status}`);
  const count = seen.console.filter(wanted).length + seen.failed.filter(wanted).length;
  assert.ok(count > 0, `no answer ${status}: ${JSON.stringify(seen)}`);
  for (const kind of ['console', 'failed']) seen[kind] = seen[kind].filter((line) => !wanted(line));
}

// Opens a link, which is all it takes; without scripts the code is typed. What comes next is another
// page, or why there is none.
export async function follow(page, address) {
  const code = new URL(address).hash.slice(1);
  const answered = page.waitForResponse((answer) => (
    answer.request().method() === 'POST' && answer.url().endsWith('/console/link')
  ));
  await page.goto(address);
  const scripts = await page.evaluate(() => matchMedia('(scripting: enabled)').matches).catch(() => true);
  if (!scripts) {
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Continue' }).click();
  }
  await answered;
  await page.waitForLoadState();
}

// Somebody signed in by the link of the demo. Others are made from there: `invite`.
export async function signedIn(visitor, options = {}) {
  const opened = await visitor(options);
  await follow(opened.page, link);
  await opened.page.waitForURL('**/console/');
  return opened;
}

// Makes a user, as an admin; returns the link.
export async function invite(page, name, role) {
  await page.goto('/console/access');
  const add = page.locator('details', { hasText: 'Add a user' });
  await add.locator('summary').click();
  await add.getByLabel('User name').fill(name);
  await add.locator(`input[value=${role.toLowerCase()}]`).check();
  await add.getByRole('button', { name: 'Make user and link' }).click();
  return page.locator('#link').innerText();
}

export const password = 'a sentence that is long enough';

// Chooses a password by a link.
export async function choosePassword(page, address) {
  await follow(page, address);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('The same password again').fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.waitForURL('**/console/');
}

// Signs in by name and password; the next page may be the second factor.
export async function signIn(page, name, word = password) {
  await page.goto('/console/sign-in');
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(word);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function signOut(page) {
  const menu = page.getByRole('button', { name: 'Menu' });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
}

// Another credential, as it is typed; every field that is not given stays as it is.
export async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) {
    await page.getByLabel(label).first().fill(value);
  }
}

// A credential that the sandbox knows, as the demo has it.
export const known = {
  'Client Identifier': 'archive-import',
  'Client Secret': 'a-secret-of-the-archive',
  Scopes: 'archive.write',
};

// Switches a fault of the sandbox on, or off.
export async function fault(document) {
  const answer = await fetch(`${sandbox}faults`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(document),
  });
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
}

// The code of an authenticator app (RFC 6238: SHA-1, 30 s, six digits).
export function timeCode(base32, at = Date.now()) {
  const bits = [...base32.replace(/[\s=]/g, '')]
    .map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

// Looks at the page as it stands: pictures, and what axe and the width say, light and dark, wide and
// narrow. Each finding fails the flow.
export async function look(page, name) {
  await shoot(page, name, pictures);
  const before = page.viewportSize();
  for (const colorScheme of ['light', 'dark']) {
    for (const size of sizes) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      const found = [...(await axe(page)), ...(await noSidewaysScroll(page))];
      assert.deepEqual(found, [], `${name}, ${colorScheme}, ${size.width} px`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}

// No line of the page is code: the Content-Security-Policy forbids it, and so nothing needs it.
export async function noInlineCode(page) {
  const found = await page.evaluate(() => {
    const inline = [...document.querySelectorAll('script:not([src]), style, [style]')];
    const handlers = [...document.querySelectorAll('*')].filter((element) => (
      element.getAttributeNames().some((name) => name.startsWith('on'))
    ));
    return [...inline, ...handlers].map((element) => element.outerHTML.slice(0, 120));
  });
  assert.deepEqual(found, []);
}
